import * as React from 'react';

import type { View } from '../generated';
import type { IRenderer } from '../tokens';
import { cellText } from '../words';

/** Rows to read. Every kind of view has columns and rows, so this is also what an unknown kind falls back to. */
export const tableRenderer: IRenderer = {
  id: 'table',
  render(view: View): React.ReactElement {
    const numeric = view.columns.map((_, at) => view.rows.some(row => typeof row[at] === 'number'));
    const align = (at: number): string | undefined => (numeric[at] ? 'tl-mod-number' : undefined);
    return (
      <div className="tl-View-scroll" tabIndex={0} role="region" aria-label={view.title ?? view.name}>
        <table className="tl-View-table">
          <thead>
            <tr>
              {view.columns.map((column, at) => (
                <th key={at} scope="col" className={align(at)}>
                  {column}
                  {view.units[column] ? <span className="tl-View-unit"> {view.units[column]}</span> : null}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {view.rows.map((row, line) => (
              <tr key={line}>
                {row.map((cell, at) => (
                  <td key={at} className={align(at)}>
                    {cellText(cell)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    );
  }
};
