import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { Api } from '../api';
import { asking } from '../asking';
import { ModelsModel } from '../panels/models/model';
import { ModelsPanel } from '../panels/models/panel';
import { IJobs, ISections } from '../tokens';

/** The section of the registered models. */
export const modelsPlugin: JupyterFrontEndPlugin<void> = {
  id: 'trustlab:models',
  description: 'The registered models, their versions, champion and audits.',
  autoStart: true,
  requires: [ISections, IJobs],
  optional: [ITranslator],
  activate: (app: JupyterFrontEnd, sections: ISections, jobs: IJobs, translator: ITranslator | null): void => {
    const trans = (translator ?? nullTranslator).load('trustlab');
    const api = new Api(app.serviceManager.serverSettings);
    sections.add({
      id: 'models',
      rank: 60,
      title: trans.__('Models'),
      create: () => new ModelsPanel(new ModelsModel((operation, parameters) => api.read(operation, parameters)), asking(app, jobs), jobs, trans)
    });
  }
};
