import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { showErrorMessage } from '@jupyterlab/apputils';
import { INotebookTracker, NotebookActions } from '@jupyterlab/notebook';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { Debouncer } from '@lumino/polling';

import { payloadOf } from '../answers';
import { Api } from '../api';
import { asking } from '../asking';
import { Badges } from '../badges';
import type { IMoved } from '../superseded';
import { IJobs } from '../tokens';

const CALM_MS = 300;

/** The marks on cells whose results were made from data that have moved on. */
export const supersededPlugin: JupyterFrontEndPlugin<void> = {
  id: 'trustlab:superseded',
  description: 'Says on a notebook cell that its result came from an older version of the data.',
  autoStart: true,
  requires: [INotebookTracker, IJobs],
  optional: [ITranslator],
  activate: (app: JupyterFrontEnd, tracker: INotebookTracker, jobs: IJobs, translator: ITranslator | null): void => {
    const trans = (translator ?? nullTranslator).load('trustlab');
    const api = new Api(app.serviceManager.serverSettings);
    const badges = new Badges(
      {
        newer: async seen => payloadOf<{ seen: IMoved[] }>(await api.read('data.newer', { seen })).seen,
        differ: (before, after) =>
          void asking(app, jobs)
            .show('data.diff', { before, after })
            .catch((error: Error) => showErrorMessage(trans.__('What changed'), error))
      },
      trans
    );
    const look = async (): Promise<void> => {
      const panel = tracker.currentWidget;
      if (panel === null || !panel.isVisible) {
        return;
      }
      await panel.context.ready;
      await badges.mark(panel).catch(() => undefined); // Not to be told is no reason to say anything else.
    };
    // One look for all the cells that are run at once, and for a tab that is shown.
    const soon = new Debouncer(look, CALM_MS);
    const ask = (): void => void soon.invoke();
    tracker.currentChanged.connect(ask);
    app.shell.currentChanged?.connect(ask);
    NotebookActions.executed.connect(ask);
    jobs.finished.connect((_, job) => {
      if (!job.read_only) {
        ask();
      }
    });
  }
};
