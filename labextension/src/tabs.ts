import type { ILayoutRestorer, JupyterFrontEnd } from '@jupyterlab/application';
import { MainAreaWidget, WidgetTracker } from '@jupyterlab/apputils';
import type { Widget } from '@lumino/widgets';

import { shieldIcon } from './icon';

/** The main-area tabs of one kind: one for each subject, and the same again after a reload. */
export class Tabs<T extends Widget> {
  /**
   * @param kind - Begins the tabs' ids.
   * @param command - The command that opens one, with the subject and the title in its arguments.
   * @param argument - What the command calls the subject.
   */
  constructor(
    private readonly app: JupyterFrontEnd,
    private readonly kind: string,
    command: string,
    argument: string,
    restorer: ILayoutRestorer | null
  ) {
    this._tracker = new WidgetTracker({ namespace: `trustlab-${kind}` });
    void restorer?.restore(this._tracker, {
      command,
      name: tab => tab.id,
      args: tab => ({ [argument]: tab.id.slice(this.id('').length), title: tab.title.label })
    });
  }

  /** Show the tab about `subject`, made where it is not open yet. */
  async open(subject: string, title: string, create: () => T): Promise<void> {
    const id = this.id(subject);
    if (!this._tracker.find(tab => tab.id === id)) {
      const tab = new MainAreaWidget({ content: create() });
      tab.id = id;
      tab.title.label = title;
      tab.title.icon = shieldIcon;
      tab.title.closable = true;
      this.app.shell.add(tab, 'main');
      await this._tracker.add(tab);
    }
    this.app.shell.activateById(id);
  }

  private id(subject: string): string {
    return `trustlab-${this.kind}-${subject}`;
  }

  private readonly _tracker: WidgetTracker<MainAreaWidget<T>>;
}
