import type { JupyterFrontEndPlugin } from '@jupyterlab/application';

import { formsPlugin } from './plugins/forms';
import { jobsPlugin } from './plugins/jobs';
import { notebooksPlugin } from './plugins/notebooks';
import { operationsPlugin } from './plugins/operations';
import { renderersPlugin } from './plugins/renderers';
import { sidebarPlugin } from './plugins/sidebar';
import { verdictsPlugin } from './plugins/verdicts';

export * from './tokens';

/** A new section of the sidebar is one more file in `plugins/` and one more name here. */
const plugins: JupyterFrontEndPlugin<unknown>[] = [
  sidebarPlugin,
  renderersPlugin,
  jobsPlugin,
  notebooksPlugin,
  formsPlugin,
  verdictsPlugin,
  operationsPlugin
];

export default plugins;
