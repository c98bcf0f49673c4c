import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';

import { Api } from '../api';
import { JobStore } from '../jobs';
import { IJobs } from '../tokens';

/** The one store of jobs. */
export const jobsPlugin: JupyterFrontEndPlugin<IJobs> = {
  id: 'trustlab:jobs',
  description: 'Starts trustlab operations as jobs and follows them.',
  autoStart: true,
  provides: IJobs,
  activate: (app: JupyterFrontEnd): IJobs => new JobStore(new Api(app.serviceManager.serverSettings))
};
