import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { IMatrixView, View } from '../generated';
import type { IRenderer } from '../tokens';
import { cellText } from '../words';
import { WithNumbers } from './numbers';
import { isNumber } from './scale';
import { Label, LETTER, NamesAxis, Picture, WIDTH } from './strokes';

const MOST = 24;

/** A heat map with its numbers in the cells where they fit. */
export const matrixRenderer = (trans: TranslationBundle): IRenderer => ({
  id: 'matrix',
  render(view: View): React.ReactElement {
    return view.kind === 'matrix' ? (
      <WithNumbers view={view} trans={trans}>
        <Heat view={view} />
      </WithNumbers>
    ) : (
      <></>
    );
  }
});

function Heat(props: { view: IMatrixView }): JSX.Element | null {
  const { view } = props;
  const names = view.columns.slice(1, MOST + 1);
  const rows = view.rows.slice(0, MOST);
  const values = rows.flatMap(row => row.slice(1, names.length + 1)).filter(isNumber);
  const most = Math.max(0, ...values.map(Math.abs));
  if (values.length === 0 || names.length === 0) {
    return null;
  }
  const left = Math.min(Math.max(...rows.map(row => String(row[0]).length)) * LETTER + 12, 170);
  const size = (WIDTH - left - 8) / names.length;
  const tall = Math.min(size, 34);
  const top = view.column_axis ? 40 : 24;
  const alt = `${view.title ?? view.name}. ${view.row_axis} × ${view.column_axis}: ${rows.length} × ${names.length}`;
  return (
    <Picture height={top + rows.length * tall + 8} alt={alt}>
      {view.column_axis ? <Label x={(left + WIDTH) / 2} y={14} text={view.column_axis} anchor="middle" quiet /> : null}
      <NamesAxis names={names} places={names.map((_, at) => left + size * (at + 0.5))} bottom={top - 19} />
      {rows.map((row, at) => {
        const y = top + at * tall;
        return (
          <g key={at}>
            <Label x={left - 6} y={y + tall / 2 + 4} text={String(row[0])} anchor="end" room={left - 8} />
            {names.map((_, to) => {
              const cell = row[to + 1];
              const said = cellText(cell);
              const x = left + to * size;
              const share = isNumber(cell) && most > 0 ? Math.abs(cell) / most : 0;
              const fits = said.length * LETTER < size - 2 && tall >= 14;
              return (
                <g key={to}>
                  <rect
                    className="tl-Heat"
                    data-sign={isNumber(cell) ? (cell < 0 ? 'minus' : 'plus') : 'none'}
                    fillOpacity={isNumber(cell) ? 0.06 + 0.64 * share : 1}
                    x={x}
                    y={y}
                    width={size - 1}
                    height={tall - 1}
                  >
                    <title>{`${String(row[0])}, ${names[to] ?? ''}: ${said}`}</title>
                  </rect>
                  {fits ? <Label x={x + size / 2} y={y + tall / 2 + 4} text={said} anchor="middle" /> : null}
                </g>
              );
            })}
          </g>
        );
      })}
    </Picture>
  );
}
