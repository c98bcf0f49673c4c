import { ILayoutRestorer } from '@jupyterlab/application';
import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { NotebookActions } from '@jupyterlab/notebook';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import * as React from 'react';

import { orNothing, payloadOf } from '../answers';
import type { IPageAnswer } from '../answers';
import { Api } from '../api';
import type { IRun } from '../api';
import { RunRow } from '../components/run-row';
import { ListSection } from '../components/section';
import { Teach } from '../components/teach';
import type { IRowAction } from '../components/virtual';
import { saveFile } from '../download';
import { PagesModel } from '../pages';
import { POLICY_FILE } from '../policy';
import { Chosen } from '../panels/audits/chosen';
import { AuditsHead } from '../panels/audits/head';
import { PagePanel } from '../panels/audits/page';
import { Tabs } from '../tabs';
import { CommandIDs, IJobs, ISections } from '../tokens';

const AUDIT = 'audit';

/** The section of the audits: read, compared, and as pages to be sent. */
export const auditsPlugin: JupyterFrontEndPlugin<void> = {
  id: 'trustlab:audits',
  description: 'The audits of the workspace, newest first.',
  autoStart: true,
  requires: [ISections, IJobs],
  optional: [ITranslator, ILayoutRestorer],
  activate: (
    app: JupyterFrontEnd,
    sections: ISections,
    jobs: IJobs,
    translator: ITranslator | null,
    restorer: ILayoutRestorer | null
  ): void => {
    const trans = (translator ?? nullTranslator).load('trustlab');
    const api = new Api(app.serviceManager.serverSettings);
    const pages = new Tabs<PagePanel>(app, 'page', CommandIDs.openPage, 'run', restorer);
    const page = async (run: string): Promise<IPageAnswer> => payloadOf(await api.read('page', { run }));
    app.commands.addCommand(CommandIDs.openPage, {
      label: trans.__('Open a trustlab Run as a Page'),
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
      execute: args => {
        const run = String(args['run']);
        return pages.open(run, String(args['title'] ?? run), () => new PagePanel(() => page(run), saveFile, trans));
      }
    });
    const execute = (command: string, args: Record<string, string> = {}): void =>
      void app.commands.execute(command, args);
    const actions = {
      audit: async () => {
        // The policy of this workspace, where there is one: a form that left it out would judge by other limits.
        const own = await api.read('policy', { file: POLICY_FILE }).then(
          () => ({ policy: POLICY_FILE }),
          () => ({})
        );
        await app.commands.execute(CommandIDs.openForm, { operation: AUDIT, parameters: own });
      },
      policy: () => execute(CommandIDs.openPolicy),
      compare: (pair: { readonly old: string; readonly new: string }) =>
        void jobs.start('diff', pair).then(
          job => app.commands.execute(CommandIDs.openJob, { job: job.id }),
          // The form has the place for the server's words.
          () => app.commands.execute(CommandIDs.openForm, { operation: 'diff', parameters: pair })
        )
    };
    const chosen = new Chosen();
    const rowActions = (run: IRun): readonly IRowAction[] => [
      {
        label: chosen.has(run) ? trans.__('Do not compare it') : trans.__('Compare it with another'),
        icon: '⇄',
        run: () => chosen.toggle(run)
      },
      {
        label: trans.__('Open as a page'),
        icon: '↗',
        run: () => execute(CommandIDs.openPage, { run: run.id, title: run.title })
      }
    ];
    sections.add({
      id: 'audits',
      rank: 30,
      open: true,
      title: trans.__('Audits'),
      create: () => {
        const model = new PagesModel<IRun>(({ offset, limit, matching }) =>
          orNothing(api.runs(offset / limit + 1, limit, { operation: AUDIT, matching }))
        );
        const section = new ListSection<IRun>(
          'trustlab:audits',
          model,
          {
            label: trans.__('Audits'),
            trans,
            filter: trans.__('fail fairness'),
            empty: React.createElement(Teach, {
              sentence: trans.__('Nothing has been audited here yet; an audit answers whether a model can be trusted.'),
              button: trans.__('Open the quickstart'),
              onClick: () => execute(CommandIDs.openQuickstart)
            }),
            row: run =>
              React.createElement(RunRow, { run, trans, ofOneKind: true, mark: chosen.has(run) ? trans.__('chosen') : null }),
            open: run => execute(CommandIDs.openRun, { run: run.id, title: run.title }),
            actions: rowActions
          },
          jobs,
          () => React.createElement(AuditsHead, { chosen, actions, trans })
        );
        chosen.changed.connect(() => section.update());
        const follow = (): void => section.soon();
        NotebookActions.executed.connect(follow);
        section.disposed.connect(() => NotebookActions.executed.disconnect(follow));
        return section;
      }
    });
  }
};
