import * as React from 'react';

import type { View } from '../generated';
import { tableRenderer } from './table';

/** A picture with the numbers behind it, folded; the numbers alone where there is no picture. */
export function WithNumbers(props: { view: View; children: React.ReactElement | null }): JSX.Element {
  const { view, children } = props;
  const numbers = tableRenderer.render(view);
  return (
    <>
      {children}
      {view.rows.length === 0 ? null : (
        <details className="tl-Numbers">
          <summary>{`${view.rows.length} × ${view.columns.length}`}</summary>
          {numbers}
        </details>
      )}
    </>
  );
}
