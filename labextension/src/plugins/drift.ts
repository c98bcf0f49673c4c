import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { Api } from '../api';
import { asking } from '../asking';
import { DriftModel } from '../panels/drift/model';
import { DriftPanel } from '../panels/drift/panel';
import { IJobs, ISections } from '../tokens';

/** The section that compares versions of data. */
export const driftPlugin: JupyterFrontEndPlugin<void> = {
  id: 'trustlab:drift',
  description: 'Whether later data still look like earlier data, feature by feature.',
  autoStart: true,
  requires: [ISections, IJobs],
  optional: [ITranslator],
  activate: (app: JupyterFrontEnd, sections: ISections, jobs: IJobs, translator: ITranslator | null): void => {
    const trans = (translator ?? nullTranslator).load('trustlab');
    const api = new Api(app.serviceManager.serverSettings);
    sections.add({
      id: 'drift',
      rank: 40,
      title: trans.__('Drift'),
      create: () => new DriftPanel(new DriftModel(api), asking(app, jobs), jobs, trans)
    });
  }
};
