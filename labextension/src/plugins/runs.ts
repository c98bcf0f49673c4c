import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { NotebookActions } from '@jupyterlab/notebook';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import * as React from 'react';

import { orNothing } from '../answers';
import { Api } from '../api';
import type { IInterrupted, IJob, IPage, IRun } from '../api';
import { asking } from '../asking';
import { RunRow } from '../components/run-row';
import { Teach } from '../components/teach';
import { PagesModel } from '../pages';
import type { IPart } from '../pages';
import { MOST_FAILED, RunsSection } from '../panels/runs/section';
import { CommandIDs, IJobs, IRenderers, ISections } from '../tokens';

/** The section of everything that runs now, failed, or is in the journal. */
export const runsPlugin: JupyterFrontEndPlugin<void> = {
  id: 'trustlab:runs',
  description: 'What runs now, with its curves, and what ran.',
  autoStart: true,
  requires: [ISections, IRenderers, IJobs],
  optional: [ITranslator],
  activate: (
    app: JupyterFrontEnd,
    sections: ISections,
    renderers: IRenderers,
    jobs: IJobs,
    translator: ITranslator | null
  ): void => {
    const trans = (translator ?? nullTranslator).load('trustlab');
    const api = new Api(app.serviceManager.serverSettings);
    const execute = (command: string, args: Record<string, string> = {}): void =>
      void app.commands.execute(command, args);
    sections.add({
      id: 'runs',
      rank: 20,
      open: true,
      title: trans.__('Runs'),
      create: () => {
        let interrupted: readonly IInterrupted[] = [];
        const page = async ({ offset, limit, matching }: IPart): Promise<IPage<IRun>> => {
          const found = await api.runs(offset / limit + 1, limit, { matching });
          ({ interrupted } = found);
          return found;
        };
        const model = new PagesModel<IRun>(part => orNothing(page(part)));
        const section = new RunsSection(
          model,
          {
            label: trans.__('Runs'),
            trans,
            filter: trans.__('train error'),
            empty: React.createElement(Teach, {
              sentence: trans.__('Nothing has run here yet; a training makes a model that can be audited.'),
              button: trans.__('Train …'),
              onClick: () => execute(CommandIDs.openForm, { operation: 'train' })
            }),
            row: run => React.createElement(RunRow, { run, trans }),
            open: run => execute(CommandIDs.openRun, { run: run.id, title: run.title }),
            actions: run => [
              {
                label: trans.__('Open as a page'),
                icon: '▤',
                run: () => execute(CommandIDs.openPage, { run: run.id, title: run.title })
              }
            ]
          },
          jobs,
          renderers,
          async () => ({ failed: (await api.jobs(1, MOST_FAILED, 'failed')).items, interrupted }),
          (job: IJob) => execute(CommandIDs.openJob, { job: job.id }),
          one => asking(app, jobs).form(one.operation, one.given ?? {})
        );
        const follow = (): void => section.soon();
        NotebookActions.executed.connect(follow);
        section.disposed.connect(() => NotebookActions.executed.disconnect(follow));
        return section;
      }
    });
  }
};
