import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { Registry } from '../registry';
import { renderersWith } from '../renderers';
import { IRenderers } from '../tokens';
import type { IRenderer } from '../tokens';

/** The registry of renderers, one per view kind. */
export const renderersPlugin: JupyterFrontEndPlugin<IRenderers> = {
  id: 'trustlab:renderers',
  description: 'How each kind of trustlab view is shown.',
  autoStart: true,
  provides: IRenderers,
  optional: [ITranslator],
  activate: (_app: JupyterFrontEnd, translator: ITranslator | null): IRenderers => {
    const renderers = new Registry<IRenderer>();
    const trans = (translator ?? nullTranslator).load('trustlab');
    renderersWith(trans).forEach(renderer => renderers.add(renderer));
    return renderers;
  }
};
