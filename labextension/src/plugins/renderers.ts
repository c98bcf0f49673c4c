import type { JupyterFrontEndPlugin } from '@jupyterlab/application';

import { Registry } from '../registry';
import { RENDERERS } from '../renderers';
import { IRenderers } from '../tokens';
import type { IRenderer } from '../tokens';

/** The registry of renderers, one per view kind. */
export const renderersPlugin: JupyterFrontEndPlugin<IRenderers> = {
  id: 'trustlab:renderers',
  description: 'How each kind of trustlab view is shown.',
  autoStart: true,
  provides: IRenderers,
  activate: (): IRenderers => {
    const renderers = new Registry<IRenderer>();
    RENDERERS.forEach(renderer => renderers.add(renderer));
    return renderers;
  }
};
