import { IRouter } from '@jupyterlab/application';
import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { Clipboard, ICommandPalette, MainAreaWidget, Notification } from '@jupyterlab/apputils';
import { PageConfig, URLExt } from '@jupyterlab/coreutils';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { formLink, linkOf, subjectLink, withoutLink } from '../links';
import { FormPanel } from '../panels/form';
import { CommandIDs } from '../tokens';

const FOLLOW = 'trustlab:follow-link';
const TAB = /^trustlab-(run|page|pipeline|policy|jobs)-(.+)$/;
const SHOWN_MS = 4000;

/** Tabs as addresses: a link opens a run, a page, a pipeline, or a form that is filled in; it starts nothing. */
export const linksPlugin: JupyterFrontEndPlugin<void> = {
  id: 'trustlab:links',
  description: 'Opens trustlab tabs by their addresses, and copies the address of a tab.',
  autoStart: true,
  requires: [IRouter],
  optional: [ITranslator, ICommandPalette],
  activate: (
    app: JupyterFrontEnd,
    router: IRouter,
    translator: ITranslator | null,
    palette: ICommandPalette | null
  ): void => {
    const trans = (translator ?? nullTranslator).load('trustlab');
    app.commands.addCommand(FOLLOW, {
      label: trans.__('Follow a Link to trustlab'),
      describedBy: {
        args: {
          type: 'object',
          properties: { search: { type: 'string', description: trans.__('The part of an address after its ?') } }
        }
      },
      execute: args => {
        const link = linkOf(String(args['search'] ?? ''));
        if (link !== null) {
          // The tabs of last time come first: what the link asks for shall be on top.
          void app.restored.then(async () => {
            await app.commands.execute(link.command, link.args);
            const { pathname, search, hash } = window.location;
            router.navigate(pathname + withoutLink(search) + hash, { skipRouting: true });
          });
        }
      }
    });
    router.register({ command: FOLLOW, pattern: /[?&]trustlab-/ });
    app.commands.addCommand(CommandIDs.copyLink, {
      label: trans.__('Copy the Link to this trustlab Tab'),
      caption: trans.__('The address that opens this run, page, pipeline or form, filled in'),
      describedBy: { args: { type: 'object', properties: {} } },
      isEnabled: () => linkTo(app) !== null,
      execute: () => {
        const link = linkTo(app);
        if (link !== null) {
          Clipboard.copyToSystem(URLExt.join(PageConfig.getBaseUrl(), 'lab') + link);
          Notification.emit(trans.__('The link to this tab is copied.'), 'info', { autoClose: SHOWN_MS });
        }
      }
    });
    palette?.addItem({ command: CommandIDs.copyLink, category: 'trustlab' });
  }
};

/** The address of the tab that is in front; null where it is none of ours. */
function linkTo(app: JupyterFrontEnd): string | null {
  const tab = app.shell.currentWidget;
  if (tab instanceof MainAreaWidget && tab.content instanceof FormPanel) {
    const { operation, run, texts } = tab.content;
    return run === null ? formLink(operation, { ...texts }) : subjectLink('run', run);
  }
  const [, kind, subject] = TAB.exec(tab?.id ?? '') ?? [];
  return kind && subject ? subjectLink(kind, subject) : null;
}
