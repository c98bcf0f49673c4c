import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { Api } from '../api';
import { WholeModel } from '../model';
import { OperationsPanel } from '../panels/operations';
import { CommandIDs, IRenderers, ISections } from '../tokens';

/** The section of everything that can be asked. */
export const operationsPlugin: JupyterFrontEndPlugin<void> = {
  id: 'trustlab:operations',
  description: 'Every trustlab operation, by family.',
  autoStart: true,
  requires: [ISections, IRenderers],
  optional: [ITranslator],
  activate: (
    app: JupyterFrontEnd,
    sections: ISections,
    renderers: IRenderers,
    translator: ITranslator | null
  ): void => {
    const trans = (translator ?? nullTranslator).load('trustlab');
    const api = new Api(app.serviceManager.serverSettings);
    sections.add({
      id: 'operations',
      rank: 900,
      title: trans.__('Operations'),
      create: () =>
        new OperationsPanel(
          new WholeModel(() => api.operations()),
          renderers,
          line => void app.commands.execute(CommandIDs.insert, { line }),
          operation => void app.commands.execute(CommandIDs.openForm, { operation: operation.id }),
          trans
        )
    });
  }
};
