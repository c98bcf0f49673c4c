import { ILayoutRestorer } from '@jupyterlab/application';
import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { watchWhileSeen } from '../components/watch';
import { shieldIcon } from '../icon';
import { Registry } from '../registry';
import { Sidebar } from '../sidebar';
import { CommandIDs, IJobs, ISections } from '../tokens';
import type { ISection } from '../tokens';

const RANK = 450;

/** The sidebar and the registry of its sections. */
export const sidebarPlugin: JupyterFrontEndPlugin<ISections> = {
  id: 'trustlab:sidebar',
  description: 'The trustlab sidebar: an accordion of sections that plugins add.',
  autoStart: true,
  provides: ISections,
  requires: [IJobs],
  optional: [ITranslator, ILayoutRestorer, ICommandPalette],
  activate: (
    app: JupyterFrontEnd,
    jobs: IJobs,
    translator: ITranslator | null,
    restorer: ILayoutRestorer | null,
    palette: ICommandPalette | null
  ): ISections => {
    const trans = (translator ?? nullTranslator).load('trustlab');
    const sections = new Registry<ISection>();
    const sidebar = new Sidebar(sections, translator ?? nullTranslator);
    app.shell.add(sidebar, 'left', { rank: RANK, type: 'trustlab' });
    restorer?.add(sidebar, sidebar.id);
    watchWhileSeen(sidebar, jobs);
    app.commands.addCommand(CommandIDs.showSidebar, {
      label: trans.__('Show the trustlab Sidebar'),
      caption: trans.__('Verdicts of this workspace, and everything that can be asked'),
      icon: shieldIcon,
      describedBy: { args: { type: 'object', properties: {}, additionalProperties: false } },
      execute: () => app.shell.activateById(sidebar.id)
    });
    palette?.addItem({ command: CommandIDs.showSidebar, category: 'trustlab' });
    return sections;
  }
};
