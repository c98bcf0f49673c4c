import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { ILauncher } from '@jupyterlab/launcher';
import { INotebookTracker } from '@jupyterlab/notebook';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { shieldIcon, shieldPicture } from '../icon';
import { Notebooks } from '../notebooks';
import { CommandIDs } from '../tokens';

/** The commands that write into notebooks, the launcher's card and the palette's entries. */
export const notebooksPlugin: JupyterFrontEndPlugin<void> = {
  id: 'trustlab:notebooks',
  description: 'Writes trustlab magics into notebooks and opens the quickstart.',
  autoStart: true,
  requires: [INotebookTracker],
  optional: [ITranslator, ICommandPalette, ILauncher],
  activate: (
    app: JupyterFrontEnd,
    tracker: INotebookTracker,
    translator: ITranslator | null,
    palette: ICommandPalette | null,
    launcher: ILauncher | null
  ): void => {
    const trans = (translator ?? nullTranslator).load('trustlab');
    const notebooks = new Notebooks(app, tracker);
    app.commands.addCommand(CommandIDs.insert, {
      label: trans.__('Insert a %trust Line'),
      caption: trans.__('Write a magic into a new cell of the notebook; it is not run'),
      describedBy: {
        args: {
          type: 'object',
          properties: { line: { type: 'string', description: trans.__('The magic to write') } },
          additionalProperties: false
        }
      },
      execute: args => notebooks.insert(typeof args['line'] === 'string' ? args['line'] : '%trust --help')
    });
    app.commands.addCommand(CommandIDs.openQuickstart, {
      label: args => (args['isLauncher'] ? trans.__('trustlab quickstart') : trans.__('Open the trustlab Quickstart')),
      caption: trans.__('From a file to an audited, scheduled model, cell by cell'),
      icon: shieldIcon,
      describedBy: {
        args: {
          type: 'object',
          properties: { isLauncher: { type: 'boolean', description: trans.__('Whether a card asks for its label') } }
        }
      },
      execute: () => notebooks.openQuickstart()
    });
    for (const command of [CommandIDs.insert, CommandIDs.openQuickstart]) {
      palette?.addItem({ command, category: 'trustlab' });
    }
    launcher?.add({
      command: CommandIDs.openQuickstart,
      category: trans.__('Notebook'),
      rank: 10,
      kernelIconUrl: shieldPicture,
      args: { isLauncher: true }
    });
  }
};
