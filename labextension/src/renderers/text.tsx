import * as React from 'react';

import type { View } from '../generated';
import type { IRenderer } from '../tokens';

/** Plain text, lines kept. */
export const textRenderer: IRenderer = {
  id: 'text',
  render(view: View): React.ReactElement {
    return <pre className="tl-View-text">{view.kind === 'text' ? view.text : ''}</pre>;
  }
};
