import { ILayoutRestorer } from '@jupyterlab/application';
import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { showErrorMessage } from '@jupyterlab/apputils';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';
import * as React from 'react';

import { orNothing, payloadOf } from '../answers';
import type { IPipeline } from '../answers';
import { Api } from '../api';
import type { IPage } from '../api';
import { ListSection } from '../components/section';
import { Teach } from '../components/teach';
import { PagesModel } from '../pages';
import type { IPart } from '../pages';
import { PipelineModel } from '../panels/pipelines/model';
import { PipelinePanel } from '../panels/pipelines/panel';
import { PipelineRow } from '../panels/pipelines/row';
import { Tabs } from '../tabs';
import { CommandIDs, IJobs, IRenderers, ISections } from '../tokens';

/** The section of promoted notebooks, and the tab of one. */
export const pipelinesPlugin: JupyterFrontEndPlugin<void> = {
  id: 'trustlab:pipelines',
  description: 'Promoted notebooks: their steps, runs, logs and schedules.',
  autoStart: true,
  requires: [ISections, IRenderers, IJobs],
  optional: [ITranslator, ILayoutRestorer],
  activate: (
    app: JupyterFrontEnd,
    sections: ISections,
    renderers: IRenderers,
    jobs: IJobs,
    translator: ITranslator | null,
    restorer: ILayoutRestorer | null
  ): void => {
    const trans = (translator ?? nullTranslator).load('trustlab');
    const api = new Api(app.serviceManager.serverSettings);
    const tabs = new Tabs<PipelinePanel>(app, 'pipeline', CommandIDs.openPipeline, 'pipeline', restorer);
    const execute = (command: string, args: ReadonlyPartialJSONObject = {}): void =>
      void app.commands.execute(command, args);
    const actions = {
      run: async (name: string): Promise<void> => void (await jobs.start('pipeline.run', { name })),
      schedule: (pipeline: string) => execute(CommandIDs.openForm, { operation: 'schedule', parameters: { pipeline } }),
      open: (path: string) => execute('docmanager:open', { path })
    };
    app.commands.addCommand(CommandIDs.openPipeline, {
      label: trans.__('Open a trustlab Pipeline'),
      describedBy: {
        args: {
          type: 'object',
          properties: {
            pipeline: { type: 'string', description: trans.__('The name of the pipeline') },
            title: { type: 'string', description: trans.__('What stands on the tab') }
          },
          required: ['pipeline']
        }
      },
      execute: args => {
        const name = String(args['pipeline']);
        return tabs.open(
          name,
          name,
          () => new PipelinePanel(new PipelineModel(api, name), jobs, renderers, actions, trans)
        );
      }
    });
    const open = (pipeline: IPipeline): void => execute(CommandIDs.openPipeline, { pipeline: pipeline.name });
    const page = async ({ offset, limit, matching }: IPart): Promise<IPage<IPipeline>> => {
      const document = await api.read('pipeline.list', { offset, limit, ...(matching ? { matching } : {}) });
      const { pipelines, total } = payloadOf<{ pipelines: readonly IPipeline[]; total: number }>(document);
      return { items: pipelines, total };
    };
    sections.add({
      id: 'pipelines',
      rank: 50,
      title: trans.__('Pipelines'),
      create: () =>
        new ListSection<IPipeline>(
          'trustlab:pipelines',
          new PagesModel<IPipeline>(part => orNothing(page(part))),
          {
            label: trans.__('Pipelines'),
            trans,
            filter: trans.__('weekly fail'),
            empty: React.createElement(Teach, {
              sentence: trans.__('No notebook has been promoted yet; a promoted one runs by itself, with other data.'),
              button: trans.__('Promote a notebook …'),
              onClick: () => execute(CommandIDs.promoteNotebook)
            }),
            row: pipeline => React.createElement(PipelineRow, { pipeline, trans }),
            open,
            actions: pipeline => [
              {
                label: trans.__('Run %1 now', pipeline.name),
                icon: '▶',
                run: () => {
                  open(pipeline);
                  actions
                    .run(pipeline.name)
                    .catch((error: Error) => showErrorMessage(trans.__('%1 did not start', pipeline.name), error));
                }
              }
            ]
          },
          jobs
        )
    });
  }
};
