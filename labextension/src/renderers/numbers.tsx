import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { View } from '../generated';
import { tableRenderer } from './table';

/** A picture with the numbers behind it, folded; the numbers alone where there is no picture. */
export function WithNumbers(props: {
  view: View;
  trans: TranslationBundle;
  children: React.ReactElement | null;
}): JSX.Element {
  const { view, trans, children } = props;
  const numbers = tableRenderer.render(view);
  return (
    <>
      {children}
      {view.rows.length === 0 ? null : (
        <details className="tl-Numbers">
          <summary>{trans.__('The numbers (%1 rows)', view.rows.length)}</summary>
          {numbers}
        </details>
      )}
    </>
  );
}
