import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { IPageAnswer } from '../../answers';

/** The page in a frame that has an origin of its own: what runs in it can ask this server for nothing. */
export function PageFrame(props: {
  page: IPageAnswer;
  save: (name: string, html: string) => void;
  trans: TranslationBundle;
}): JSX.Element {
  const { page, save, trans } = props;
  return (
    <>
      <div className="tl-Page-bar">
        <button type="button" className="jp-mod-styled jp-mod-accept" onClick={() => save(page.name, page.html)}>
          {trans.__('Download')}
        </button>
        <span>{trans.__('One file of %1 kB that needs no server: %2', Math.ceil(page.bytes / 1000), page.name)}</span>
      </div>
      <iframe className="tl-Page-frame" sandbox="allow-scripts" title={page.name} srcDoc={page.html} />
    </>
  );
}
