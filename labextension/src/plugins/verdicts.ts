import { ILayoutRestorer } from '@jupyterlab/application';
import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { MainAreaWidget, WidgetTracker } from '@jupyterlab/apputils';
import { NotebookActions } from '@jupyterlab/notebook';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { Api } from '../api';
import type { IRun } from '../api';
import { shieldIcon } from '../icon';
import { PagedModel } from '../model';
import { DocumentPanel } from '../panels/document';
import { VerdictsPanel } from '../panels/verdicts';
import { CommandIDs, IRenderers, ISections } from '../tokens';

const PER_PAGE = 25;

/** The section of the latest runs, and the tab that shows one of them whole. */
export const verdictsPlugin: JupyterFrontEndPlugin<void> = {
  id: 'trustlab:verdicts',
  description: 'The latest verdicts of the workspace.',
  autoStart: true,
  requires: [ISections, IRenderers],
  optional: [ITranslator, ILayoutRestorer],
  activate: (
    app: JupyterFrontEnd,
    sections: ISections,
    renderers: IRenderers,
    translator: ITranslator | null,
    restorer: ILayoutRestorer | null
  ): void => {
    const trans = (translator ?? nullTranslator).load('trustlab');
    const api = new Api(app.serviceManager.serverSettings);
    const tabs = new WidgetTracker<MainAreaWidget<DocumentPanel>>({ namespace: 'trustlab-runs' });
    const insert = (line: string): void => void app.commands.execute(CommandIDs.insert, { line });
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
      execute: async args => {
        const [run, title] = [String(args['run']), String(args['title'] ?? args['run'])];
        const id = `trustlab-run-${run}`;
        if (!tabs.find(tab => tab.id === id)) {
          const content = new DocumentPanel(() => api.run(run), renderers, insert, trans);
          const tab = new MainAreaWidget({ content });
          tab.id = id;
          tab.title.label = title;
          tab.title.icon = shieldIcon;
          app.shell.add(tab, 'main');
          await tabs.add(tab);
        }
        app.shell.activateById(id);
      }
    });
    void restorer?.restore(tabs, {
      command: CommandIDs.openRun,
      name: tab => tab.id,
      args: tab => ({ run: tab.id.replace('trustlab-run-', ''), title: tab.title.label })
    });
    sections.add({
      id: 'verdicts',
      rank: 10,
      title: trans.__('Verdicts'),
      create: () => {
        const model = new PagedModel((page, perPage) => api.runs(page, perPage), PER_PAGE);
        const actions = {
          open: (run: IRun) => void app.commands.execute(CommandIDs.openRun, { run: run.id, title: run.title }),
          quickstart: () => void app.commands.execute(CommandIDs.openQuickstart)
        };
        const panel = new VerdictsPanel(model, actions, trans);
        const follow = (): void => panel.soon();
        NotebookActions.executed.connect(follow);
        panel.disposed.connect(() => NotebookActions.executed.disconnect(follow));
        return panel;
      }
    });
  }
};
