import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { Dialog, ICommandPalette, showErrorMessage } from '@jupyterlab/apputils';
import { INotebookTracker } from '@jupyterlab/notebook';
import type { NotebookPanel } from '@jupyterlab/notebook';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { CommandToolbarButton } from '@jupyterlab/ui-components';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';

import { Api } from '../api';
import type { Parameters } from '../api';
import { lastAsked } from '../asked';
import { shieldIcon } from '../icon';
import { PromoteBody } from '../panels/promote/body';
import { CommandIDs, IJobs } from '../tokens';

const TAG = 'parameters';
const AFTER = 'cellType';

/** The notebook's buttons: audit what it made, and promote it. */
export const toolbarPlugin: JupyterFrontEndPlugin<void> = {
  id: 'trustlab:toolbar',
  description: 'The buttons Audit and Promote of every notebook.',
  autoStart: true,
  requires: [INotebookTracker, IJobs],
  optional: [ITranslator, ICommandPalette],
  activate: (
    app: JupyterFrontEnd,
    tracker: INotebookTracker,
    jobs: IJobs,
    translator: ITranslator | null,
    palette: ICommandPalette | null
  ): void => {
    const trans = (translator ?? nullTranslator).load('trustlab');
    const api = new Api(app.serviceManager.serverSettings);
    const none = { args: { type: 'object', properties: {}, additionalProperties: false } } as const;
    app.commands.addCommand(CommandIDs.auditNotebook, {
      label: trans.__('Audit'),
      caption: trans.__('Audit the model of this notebook: the form is filled in from its last %trust audit'),
      icon: shieldIcon,
      describedBy: none,
      execute: async () => {
        let parameters: Parameters = {};
        try {
          parameters = lastAsked(sourcesOf(tracker.currentWidget), await api.operation('audit')) ?? {};
        } catch {
          // The form says what is wrong, and asks again.
        }
        const args = { operation: 'audit', parameters } as unknown as ReadonlyPartialJSONObject;
        await app.commands.execute(CommandIDs.openForm, args);
      }
    });
    const promote = async (panel: NotebookPanel): Promise<void> => {
      await panel.context.save();
      const services = {
        read: (operation: string, parameters: Parameters) => api.read(operation, parameters),
        tag: (cell: string | null, number: number) => tag(panel, cell, number)
      };
      const dialog = new Dialog<Parameters>({
        title: trans.__('Promote %1', panel.title.label),
        body: new PromoteBody(panel.context.localPath, services, trans),
        buttons: [Dialog.cancelButton(), Dialog.okButton({ label: trans.__('Promote') })]
      });
      dialog.addClass('tl-PromoteDialog');
      const asked = await dialog.launch();
      if (asked.button.accept && asked.value) {
        const job = await jobs.start('promote', asked.value);
        await app.commands.execute(CommandIDs.openJob, { job: job.id });
      }
    };
    app.commands.addCommand(CommandIDs.promoteNotebook, {
      label: trans.__('Promote'),
      caption: trans.__('Let this notebook run by itself, with other data and on a schedule'),
      describedBy: none,
      execute: async () => {
        const panel = tracker.currentWidget;
        if (panel === null) {
          await app.commands.execute(CommandIDs.openForm, { operation: 'promote' });
          return;
        }
        try {
          await promote(panel);
        } catch (error) {
          await showErrorMessage(trans.__('This notebook was not promoted'), error as Error);
        }
      }
    });
    tracker.widgetAdded.connect((_, panel) => addButtons(app, panel));
    tracker.forEach(panel => addButtons(app, panel));
    for (const command of [CommandIDs.auditNotebook, CommandIDs.promoteNotebook]) {
      palette?.addItem({ command, category: 'trustlab' });
    }
  }
};

function addButtons(app: JupyterFrontEnd, panel: NotebookPanel): void {
  // The one that is put in last stands first.
  for (const id of [CommandIDs.promoteNotebook, CommandIDs.auditNotebook]) {
    const button = new CommandToolbarButton({ commands: app.commands, id });
    if (!panel.toolbar.insertAfter(AFTER, id, button)) {
      panel.toolbar.addItem(id, button);
    }
  }
}

function sourcesOf(panel: NotebookPanel | null): readonly string[] {
  return (panel?.content.model?.sharedModel.cells ?? []).map(cell => cell.getSource());
}

/** Tag a cell as the parameters, and save; where the file's cells have no ids yet, its place tells which it is. */
async function tag(panel: NotebookPanel, id: string | null, number: number): Promise<void> {
  const cells = panel.content.model?.sharedModel.cells ?? [];
  const cell = cells.find(one => one.getId() === id) ?? cells[number - 1];
  if (cell !== undefined) {
    const tags = (cell.getMetadata('tags') as string[] | undefined) ?? [];
    cell.setMetadata('tags', [...tags.filter(one => one !== TAG), TAG]);
    await panel.context.save();
  }
}
