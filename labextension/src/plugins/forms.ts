import { ILayoutRestorer } from '@jupyterlab/application';
import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette, MainAreaWidget, showErrorMessage, WidgetTracker } from '@jupyterlab/apputils';
import { ILauncher } from '@jupyterlab/launcher';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';

import { payloadOf } from '../answers';
import { Api } from '../api';
import type { IJob, Parameters } from '../api';
import { shieldIcon } from '../icon';
import { FormPanel } from '../panels/form';
import type { IFormServices } from '../panels/form';
import { CommandIDs, IJobs, IRenderers } from '../tokens';

/** The tabs in the main area in which an operation is asked for, watched and read. */
export const formsPlugin: JupyterFrontEndPlugin<void> = {
  id: 'trustlab:forms',
  description: 'The form of every trustlab operation, and what came out.',
  autoStart: true,
  requires: [IRenderers, IJobs],
  optional: [ITranslator, ILayoutRestorer, ICommandPalette, ILauncher],
  activate: (
    app: JupyterFrontEnd,
    renderers: IRenderers,
    jobs: IJobs,
    translator: ITranslator | null,
    restorer: ILayoutRestorer | null,
    palette: ICommandPalette | null,
    launcher: ILauncher | null
  ): void => {
    const trans = (translator ?? nullTranslator).load('trustlab');
    const api = new Api(app.serviceManager.serverSettings);
    const tabs = new WidgetTracker<MainAreaWidget<FormPanel>>({ namespace: 'trustlab-forms' });
    const services: IFormServices = {
      jobs,
      renderers,
      trans,
      guide: run => api.guide(run),
      operation: id => api.operation(id),
      insert: line => void app.commands.execute(CommandIDs.insert, { line }),
      complete: async line => {
        const { candidates } = payloadOf<{ candidates: readonly { text: string }[] }>(await api.read('complete', { line }));
        return candidates.map(one => one.text.trim());
      }
    };
    let count = 0;
    const open = async (
      operation: string,
      parameters: Parameters,
      job: IJob | null,
      id = `trustlab-form-${++count}-${Date.now()}`
    ): Promise<void> => {
      const content = new FormPanel(services, operation, parameters, job);
      const tab = new MainAreaWidget({ content });
      tab.id = id;
      tab.title.label = job?.title ?? operation;
      tab.title.icon = shieldIcon;
      content.kept.connect(() => {
        tab.title.label = content.heading;
        void tabs.save(tab);
      });
      app.shell.add(tab, 'main');
      app.shell.activateById(tab.id);
      await tabs.add(tab);
    };
    // A server that was started anew has forgotten its jobs: then the form is there, as it was filled in.
    const known = (id: string): Promise<IJob | null> => jobs.follow(id).catch(() => null);
    app.commands.addCommand(CommandIDs.openForm, {
      label: args => (args['isLauncher'] ? trans.__('Audit a model') : trans.__('Ask trustlab …')),
      caption: trans.__('Open the form of an operation, such as audit or data.commit'),
      icon: shieldIcon,
      describedBy: {
        args: {
          type: 'object',
          properties: {
            operation: { type: 'string', description: trans.__('The id of the operation') },
            parameters: { type: 'object', description: trans.__('What the form is filled in with') },
            job: { type: 'string', description: trans.__('The job that the form started') },
            tab: { type: 'string', description: trans.__('The id of the tab, which it keeps over a reload') },
            isLauncher: { type: 'boolean', description: trans.__('Whether a card asks for its label') },
            cwd: { type: 'string', description: trans.__('The folder that the launcher is in') }
          },
          additionalProperties: false
        }
      },
      execute: async args => {
        const parameters = (args['parameters'] ?? {}) as ReadonlyPartialJSONObject;
        const job = typeof args['job'] === 'string' ? await known(args['job']) : null;
        const id = typeof args['tab'] === 'string' ? args['tab'] : undefined;
        await open(String(args['operation'] ?? 'audit'), parameters, job, id);
      }
    });
    app.commands.addCommand(CommandIDs.openJob, {
      label: trans.__('Open a trustlab Job'),
      describedBy: {
        args: {
          type: 'object',
          properties: { job: { type: 'string', description: trans.__('The id of the job') } },
          required: ['job'],
          additionalProperties: false
        }
      },
      execute: async args => {
        const id = String(args['job']);
        const shown = tabs.find(tab => tab.content.job === id);
        if (shown) {
          app.shell.activateById(shown.id);
          return;
        }
        try {
          const job = await jobs.follow(id);
          await open(job.operation, job.parameters, job);
        } catch (error) {
          await showErrorMessage(trans.__('This job cannot be shown'), error as Error);
        }
      }
    });
    palette?.addItem({ command: CommandIDs.openForm, category: 'trustlab' });
    launcher?.add({ command: CommandIDs.openForm, category: 'trustlab', args: { isLauncher: true } });
    void restorer?.restore(tabs, {
      command: CommandIDs.openForm,
      name: tab => tab.id,
      args: ({ id, content: { operation, texts, job } }) => ({
        ...{ operation, parameters: { ...texts }, tab: id },
        ...(job === null ? {} : { job })
      })
    });
  }
};
