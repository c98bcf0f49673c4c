import { ILayoutRestorer } from '@jupyterlab/application';
import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';

import { Api } from '../api';
import type { Parameters } from '../api';
import { asking } from '../asking';
import { orNothing } from '../answers';
import { shieldIcon } from '../icon';
import { PolicyModel } from '../panels/policy/model';
import { PolicyPanel } from '../panels/policy/panel';
import { auditAgain, POLICY_FILE } from '../policy';
import { Tabs } from '../tabs';
import { CommandIDs, IJobs } from '../tokens';

/** The policy's editor. */
export const policyPlugin: JupyterFrontEndPlugin<void> = {
  id: 'trustlab:policy',
  description: 'The editor of what an audit asks, and where it stops.',
  autoStart: true,
  requires: [IJobs],
  optional: [ITranslator, ILayoutRestorer, ICommandPalette],
  activate: (
    app: JupyterFrontEnd,
    jobs: IJobs,
    translator: ITranslator | null,
    restorer: ILayoutRestorer | null,
    palette: ICommandPalette | null
  ): void => {
    const trans = (translator ?? nullTranslator).load('trustlab');
    const api = new Api(app.serviceManager.serverSettings);
    const tabs = new Tabs<PolicyPanel>(app, 'policy', CommandIDs.openPolicy, 'file', restorer);
    const audit = async (file: string): Promise<void> => {
      const { items } = await orNothing(api.runs(1, 1, { operation: 'audit' }));
      const [last] = items;
      if (last === undefined) {
        await app.commands.execute(CommandIDs.openForm, { operation: 'audit', parameters: { policy: file } });
        return;
      }
      const document = await api.run(last.id);
      const parameters = auditAgain(document.provenance['given'], file);
      const job = await jobs.start('audit', parameters);
      await app.commands.execute(CommandIDs.openJob, { job: job.id } as ReadonlyPartialJSONObject);
    };
    app.commands.addCommand(CommandIDs.openPolicy, {
      label: trans.__('Edit the trustlab Policy'),
      caption: trans.__('What an audit asks, and where it stops'),
      icon: shieldIcon,
      describedBy: {
        args: {
          type: 'object',
          properties: {
            file: { type: 'string', description: trans.__('The policy, from the folder of the server') },
            title: { type: 'string', description: trans.__('What stands on the tab') }
          },
          additionalProperties: false
        }
      },
      execute: args => {
        const file = String(args['file'] ?? POLICY_FILE);
        const actions = {
          audit: () => audit(file),
          open: (run: string) => void app.commands.execute(CommandIDs.openRun, { run, title: trans.__('Audit') }),
          waive: (asked: Parameters) => asking(app, jobs).form('waive', asked)
        };
        const create = (): PolicyPanel => new PolicyPanel(new PolicyModel(api, file), jobs, actions, trans);
        return tabs.open(file, String(args['title'] ?? trans.__('Policy')), create);
      }
    });
    palette?.addItem({ command: CommandIDs.openPolicy, category: 'trustlab' });
  }
};
