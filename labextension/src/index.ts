import type { JupyterFrontEndPlugin } from '@jupyterlab/application';

import { auditsPlugin } from './plugins/audits';
import { dataPlugin } from './plugins/data';
import { driftPlugin } from './plugins/drift';
import { formsPlugin } from './plugins/forms';
import { jobsPlugin } from './plugins/jobs';
import { linksPlugin } from './plugins/links';
import { modelsPlugin } from './plugins/models';
import { notebooksPlugin } from './plugins/notebooks';
import { operationsPlugin } from './plugins/operations';
import { pipelinesPlugin } from './plugins/pipelines';
import { policyPlugin } from './plugins/policy';
import { renderersPlugin } from './plugins/renderers';
import { resultsPlugin } from './plugins/results';
import { runsPlugin } from './plugins/runs';
import { sidebarPlugin } from './plugins/sidebar';
import { statusPlugin } from './plugins/status';
import { supersededPlugin } from './plugins/superseded';
import { toolbarPlugin } from './plugins/toolbar';

export * from './tokens';

/** A new section of the sidebar is one more file in `plugins/` and one more name here. */
const plugins: JupyterFrontEndPlugin<unknown>[] = [
  sidebarPlugin,
  renderersPlugin,
  jobsPlugin,
  notebooksPlugin,
  formsPlugin,
  statusPlugin,
  linksPlugin,
  resultsPlugin,
  runsPlugin,
  auditsPlugin,
  policyPlugin,
  dataPlugin,
  pipelinesPlugin,
  toolbarPlugin,
  supersededPlugin,
  driftPlugin,
  modelsPlugin,
  operationsPlugin
];

export default plugins;
