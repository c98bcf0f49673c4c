import * as React from 'react';

import type { View } from '../generated';
import type { IRenderer } from '../tokens';

/** A picture, with the words that replace it. */
export const imageRenderer: IRenderer = {
  id: 'image',
  render(view: View): React.ReactElement {
    if (view.kind !== 'image') {
      return <></>;
    }
    return <img className="tl-View-image" src={`data:image/png;base64,${view.png}`} alt={view.alt} />;
  }
};
