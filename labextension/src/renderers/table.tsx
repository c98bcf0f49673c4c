import * as React from 'react';

import type { View } from '../generated';
import type { IRenderer } from '../tokens';
import { cellText } from '../words';

/** A column as it is read: with its interval, where the columns `name_lo` and `name_hi` hold one. */
interface IColumn {
  readonly name: string;
  readonly numeric: boolean;
  text(row: readonly unknown[]): string;
}

/** The columns to show; an interval stands in brackets behind its number. */
function readable(view: View): readonly IColumn[] {
  const at = new Map(view.columns.map((name, index) => [name, index]));
  const isBound = (name: string): boolean => {
    const base = name.slice(0, -3);
    return /_(lo|hi)$/.test(name) && [base, `${base}_lo`, `${base}_hi`].every(part => at.has(part));
  };
  return view.columns.flatMap((name, index) => {
    if (isBound(name)) {
      return [];
    }
    const [lo, hi] = [at.get(`${name}_lo`), at.get(`${name}_hi`)];
    const numeric = view.rows.some(row => typeof row[index] === 'number');
    const text = (row: readonly unknown[]): string => {
      const value = cellText(row[index]);
      const bounded = lo !== undefined && hi !== undefined && (row[lo] !== null || row[hi] !== null);
      return bounded ? `${value} (${cellText(row[lo])} to ${cellText(row[hi])})` : value;
    };
    return [{ name, numeric, text }];
  });
}

/** Rows to read. Every kind of view has columns and rows, so this is also what an unknown kind falls back to. */
export const tableRenderer: IRenderer = {
  id: 'table',
  render(view: View): React.ReactElement {
    const columns = readable(view);
    const align = (column: IColumn): string | undefined => (column.numeric ? 'tl-mod-number' : undefined);
    return (
      <div className="tl-View-scroll" tabIndex={0} role="region" aria-label={view.title ?? view.name}>
        <table className="tl-View-table">
          <thead>
            <tr>
              {columns.map((column, at) => (
                <th key={at} scope="col" className={align(column)}>
                  {column.name}
                  {view.units[column.name] ? <span className="tl-View-unit"> {view.units[column.name]}</span> : null}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {view.rows.map((row, line) => (
              <tr key={line}>
                {columns.map((column, at) => (
                  <td key={at} className={align(column)}>
                    {column.text(row)}
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
