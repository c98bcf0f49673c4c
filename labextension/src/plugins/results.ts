import { ILayoutRestorer } from '@jupyterlab/application';
import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { Api } from '../api';
import { DocumentPanel } from '../panels/document';
import { Tabs } from '../tabs';
import { CommandIDs, IRenderers } from '../tokens';

/** The tab that shows one run whole. */
export const resultsPlugin: JupyterFrontEndPlugin<void> = {
  id: 'trustlab:results',
  description: 'The tab that shows one trustlab run whole.',
  autoStart: true,
  requires: [IRenderers],
  optional: [ITranslator, ILayoutRestorer],
  activate: (
    app: JupyterFrontEnd,
    renderers: IRenderers,
    translator: ITranslator | null,
    restorer: ILayoutRestorer | null
  ): void => {
    const trans = (translator ?? nullTranslator).load('trustlab');
    const api = new Api(app.serviceManager.serverSettings);
    const insert = (line: string): void => void app.commands.execute(CommandIDs.insert, { line });
    const tabs = new Tabs<DocumentPanel>(app, 'run', CommandIDs.openRun, 'run', restorer);
    app.commands.addCommand(CommandIDs.openRun, {
      label: trans.__('Open a trustlab Run'),
      describedBy: {
        args: {
          type: 'object',
          properties: {
            run: { type: 'string', description: trans.__('The id of the run') },
            title: { type: 'string', description: trans.__('What stands on the tab') }
          },
          required: ['run']
        }
      },
      execute: args => {
        const [run, title] = [String(args['run']), String(args['title'] ?? args['run'])];
        return tabs.open(run, title, () => new DocumentPanel(() => api.run(run), id => api.guide(id), renderers, insert, trans));
      }
    });
  }
};
