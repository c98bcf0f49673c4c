import { ILayoutRestorer } from '@jupyterlab/application';
import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette, Notification } from '@jupyterlab/apputils';
import { IStatusBar, showPopup } from '@jupyterlab/statusbar';
import type { Popup } from '@jupyterlab/statusbar';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { Signal } from '@lumino/signaling';

import type { IJob } from '../api';
import { messageOf } from '../errors';
import type { JobStore } from '../jobs';
import { noticeOf } from '../notices';
import { JobsItem, JobsPanel } from '../panels/jobs';
import type { IJobsServices } from '../panels/jobs';
import { Tabs } from '../tabs';
import { CommandIDs, IJobs } from '../tokens';

const RANK = 20;

/** What runs: an item of the status bar, a tab, and a notification when what took long is over. */
export const statusPlugin: JupyterFrontEndPlugin<void> = {
  id: 'trustlab:status',
  description: 'Shows the trustlab jobs that run, and says when a long one is over.',
  autoStart: true,
  requires: [IJobs],
  optional: [ITranslator, IStatusBar, ILayoutRestorer, ICommandPalette],
  activate: (
    app: JupyterFrontEnd,
    jobs: IJobs,
    translator: ITranslator | null,
    statusBar: IStatusBar | null,
    restorer: ILayoutRestorer | null,
    palette: ICommandPalette | null
  ): void => {
    const trans = (translator ?? nullTranslator).load('trustlab');
    const open = (job: IJob): void => void app.commands.execute(CommandIDs.openJob, { job: job.id });
    const services: IJobsServices = {
      jobs,
      trans,
      open,
      ask: () => void app.commands.execute(CommandIDs.openForm)
    };
    const tabs = new Tabs<JobsPanel>(app, 'jobs', CommandIDs.showJobs, 'of', restorer);
    app.commands.addCommand(CommandIDs.showJobs, {
      label: trans.__('Show the trustlab Jobs'),
      caption: trans.__('What runs now, and what is over'),
      describedBy: { args: { type: 'object', properties: {} } },
      execute: () => tabs.open('all', trans.__('trustlab jobs'), () => new JobsPanel(services))
    });
    palette?.addItem({ command: CommandIDs.showJobs, category: 'trustlab' });
    if (statusBar !== null) {
      addItem(statusBar, services);
    }
    jobs.refused.connect((_, error) => {
      Notification.emit(messageOf(error), 'error', { autoClose: false });
    });
    jobs.finished.connect((store: JobStore, job) => {
      const notice = store.isOwn(job.id) ? noticeOf(job, trans) : null;
      if (notice !== null) {
        Notification.emit(notice.message, notice.type, {
          autoClose: false,
          actions: [{ label: trans.__('Open'), callback: () => open(job) }]
        });
      }
    });
  }
};

/** Add the item; it is shown while something runs, and for as long as its list is open. */
function addItem(statusBar: IStatusBar, services: IJobsServices): void {
  const { jobs, trans } = services;
  let popup: Popup | null = null;
  const item = new JobsItem(jobs, trans, () => {
    if (popup !== null) {
      popup.dispose();
      return;
    }
    const close = (): void => popup?.dispose();
    const body = new JobsPanel({
      ...services,
      open: job => {
        close();
        services.open(job);
      },
      ask: () => {
        close();
        services.ask();
      }
    });
    popup = showPopup({ body, anchor: item, align: 'right', hasDynamicSize: true });
    popup.disposed.connect(() => {
      popup = null;
      item.node.querySelector('button')?.focus();
      changed.emit();
    });
    body.node.focus();
  });
  const changed = new Signal<JobsItem, void>(item);
  jobs.changed.connect(() => changed.emit());
  statusBar.registerStatusItem('trustlab:jobs', {
    item,
    align: 'right',
    rank: RANK,
    isActive: () => popup !== null || jobs.running.length > 0,
    activeStateChanged: changed
  });
}
