import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';

import type { Parameters } from './api';
import { CommandIDs } from './tokens';
import type { IJobs } from './tokens';

/** The ways in which a section leads on to an operation. */
export interface IAsking {
  /** Open an operation's form, filled in. */
  form(operation: string, parameters: Parameters): void;
  /** Run an operation and open the tab that shows it; rejects with the server's words where it will not. */
  show(operation: string, parameters: Parameters): Promise<void>;
  /** Open a run of the journal. */
  openRun(run: string, title: string): void;
}

/** These ways, through the commands that every part of the extension uses. */
export function asking(app: JupyterFrontEnd, jobs: IJobs): IAsking {
  return {
    form: (operation, parameters) =>
      void app.commands.execute(CommandIDs.openForm, {
        operation,
        parameters: parameters as ReadonlyPartialJSONObject
      }),
    show: async (operation, parameters) => {
      const job = await jobs.start(operation, parameters);
      await app.commands.execute(CommandIDs.openJob, { job: job.id });
    },
    openRun: (run, title) => void app.commands.execute(CommandIDs.openRun, { run, title })
  };
}
