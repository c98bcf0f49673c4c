import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { Dialog, showDialog } from '@jupyterlab/apputils';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { Api, ApiError } from '../api';
import { asking } from '../asking';
import { cellOf } from '../panels/data/code';
import { DataModel } from '../panels/data/model';
import { DataPanel } from '../panels/data/panel';
import type { IDataServices } from '../panels/data/actions';
import { CommandIDs, IJobs, ISections } from '../tokens';

/** The section of the versioned data. */
export const dataPlugin: JupyterFrontEndPlugin<void> = {
  id: 'trustlab:data',
  description: 'Repos and mounts, branches, versions and files of the trustlab store.',
  autoStart: true,
  requires: [ISections, IJobs],
  optional: [ITranslator],
  activate: (app: JupyterFrontEnd, sections: ISections, jobs: IJobs, translator: ITranslator | null): void => {
    const trans = (translator ?? nullTranslator).load('trustlab');
    const api = new Api(app.serviceManager.serverSettings);
    const services: IDataServices = {
      ...asking(app, jobs),
      insert: code => void app.commands.execute(CommandIDs.insert, { line: cellOf(code) }),
      upload: async file => {
        try {
          return (await api.upload(file, file.name)).path;
        } catch (error) {
          if (!(error instanceof ApiError) || error.code !== 'conflict') {
            throw error;
          }
          const answer = await showDialog({
            title: trans.__('Replace the file?'),
            body: error.message,
            defaultButton: 0,
            buttons: [
              Dialog.cancelButton({ label: trans.__('Keep it') }),
              Dialog.warnButton({ label: trans.__('Replace') })
            ]
          });
          return answer.button.accept ? (await api.upload(file, file.name, true)).path : null;
        }
      }
    };
    sections.add({
      id: 'data',
      rank: 10,
      open: true,
      title: trans.__('Data'),
      create: () =>
        new DataPanel(new DataModel((operation, parameters) => api.read(operation, parameters)), services, jobs, trans)
    });
  }
};
