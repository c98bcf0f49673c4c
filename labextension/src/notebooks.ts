import type { JupyterFrontEnd } from '@jupyterlab/application';
import { NotebookActions } from '@jupyterlab/notebook';
import type { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';

const KERNEL = 'trustlab';
const LOAD = '%load_ext trustlab';
const QUICKSTARTS = ['quickstart.ipynb', 'tutorials/quickstart.ipynb', 'notebooks/tutorials/quickstart.ipynb'];

/** What the extension does to notebooks: it writes code into cells, and runs none of it. */
export class Notebooks {
  constructor(
    private readonly app: JupyterFrontEnd,
    private readonly tracker: INotebookTracker
  ) {}

  /** Write `line` into a new cell below the active one, in a new notebook where none is open. */
  async insert(line: string): Promise<void> {
    const open = this.tracker.currentWidget;
    const panel = open ?? (await this.create());
    const notebook = panel.content;
    const empty = notebook.activeCell?.model.sharedModel.getSource().trim() === '';
    if (!empty) {
      NotebookActions.insertBelow(notebook);
    }
    const source = !line.startsWith('%') || this.knowsTheMagic(panel) ? line : `${LOAD}\n${line}`;
    notebook.activeCell?.model.sharedModel.setSource(source);
    this.app.shell.activateById(panel.id);
    notebook.mode = 'edit';
  }

  /** Open the quickstart where the server has it; otherwise a notebook with the first line to run. */
  async openQuickstart(): Promise<void> {
    for (const path of QUICKSTARTS) {
      if (await this.exists(path)) {
        await this.app.commands.execute('docmanager:open', { path });
        return;
      }
    }
    await this.create();
    await this.insert('%trust --help');
  }

  private async create(): Promise<NotebookPanel> {
    const specs = this.app.serviceManager.kernelspecs;
    await specs.ready;
    const known = specs.specs?.kernelspecs[KERNEL] !== undefined;
    const kernelName = known ? KERNEL : specs.specs?.default;
    const panel: NotebookPanel = await this.app.commands.execute('notebook:create-new', { kernelName });
    await panel.context.ready;
    await panel.revealed;
    return panel;
  }

  /** Whether `%trust` exists in the notebook's kernel: it is ours, or a cell loads the extension. */
  private knowsTheMagic(panel: NotebookPanel): boolean {
    const kernel = panel.sessionContext.session?.kernel?.name ?? panel.sessionContext.kernelPreference.name;
    const cells = panel.content.model?.sharedModel.cells ?? [];
    return kernel === KERNEL || cells.some(cell => cell.getSource().includes(LOAD));
  }

  private async exists(path: string): Promise<boolean> {
    const slash = path.lastIndexOf('/');
    const folder = await this.list(path.slice(0, Math.max(0, slash)));
    return folder.includes(path);
  }

  /** The paths in a folder; none where there is no such folder. */
  private async list(folder: string): Promise<readonly string[]> {
    try {
      const model = await this.app.serviceManager.contents.get(folder, { content: true });
      return (model.content as { path: string }[]).map(item => item.path);
    } catch {
      return [];
    }
  }
}
