import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { View } from '../generated';
import type { IRenderer, IRenderers } from '../tokens';
import { distributionRenderer } from './distribution';
import { graphRenderer } from './graph';
import { imageRenderer } from './image';
import { matrixRenderer } from './matrix';
import { scalarRenderer } from './scalar';
import { seriesRenderer } from './series';
import { tableRenderer } from './table';
import { textRenderer } from './text';

/** The renderers that come with the extension. */
export function renderersWith(trans: TranslationBundle): readonly IRenderer[] {
  return [
    scalarRenderer,
    tableRenderer,
    seriesRenderer(trans),
    matrixRenderer(trans),
    distributionRenderer(trans),
    imageRenderer,
    textRenderer,
    graphRenderer(trans)
  ];
}

/** One view with its title and caption, by the renderer of its kind, or as the table that every view also is. */
export function ViewFigure(props: { view: View; renderers: IRenderers }): JSX.Element {
  const { view, renderers } = props;
  const renderer = renderers.entries.find(entry => entry.id === view.kind) ?? tableRenderer;
  return (
    <figure className="tl-View" data-kind={view.kind}>
      <figcaption>
        <strong>{view.title ?? view.name.replace(/_/g, ' ')}</strong>
        {view.caption ? <span> {view.caption}</span> : null}
      </figcaption>
      {renderer.render(view)}
    </figure>
  );
}
