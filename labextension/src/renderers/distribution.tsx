import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { IDistributionView, View } from '../generated';
import type { IRenderer } from '../tokens';
import { cellText } from '../words';
import { WithNumbers } from './numbers';
import { isNumber, scaleOf } from './scale';
import { axisWidth, HUES, Legend, legendHeight, NamesAxis, Picture, UprightAxis, WIDTH } from './strokes';

const MOST_BINS = 60;

/** Columns side by side, one for each sample, over the bins in their order. */
export const distributionRenderer = (trans: TranslationBundle): IRenderer => ({
  id: 'distribution',
  render(view: View): React.ReactElement {
    return view.kind === 'distribution' ? (
      <WithNumbers view={view} trans={trans}>
        <Columns view={view} />
      </WithNumbers>
    ) : (
      <></>
    );
  }
});

function Columns(props: { view: IDistributionView }): JSX.Element | null {
  const { view } = props;
  const names = view.columns.slice(1, HUES + 1);
  const rows = view.rows.slice(0, MOST_BINS);
  const shares = rows.flatMap(row => row.slice(1, names.length + 1)).filter(isNumber);
  if (shares.length === 0) {
    return null;
  }
  const top = legendHeight(names);
  const bottom = top + 190;
  const up = scaleOf(shares, bottom, top, true);
  const [left, right] = [axisWidth(up), WIDTH - 8];
  const step = (right - left) / rows.length;
  const bar = (step * 0.84) / names.length;
  const alt = `${view.title ?? view.name}. ${names.join(', ')}: ${rows.length} × ${cellText(Math.max(...shares))}`;
  return (
    <Picture height={bottom + 24} alt={alt}>
      <Legend names={names} />
      <UprightAxis scale={up} left={left} right={right} />
      {rows.map((row, at) =>
        names.map((name, hue) => {
          const cell = row[hue + 1];
          return isNumber(cell) ? (
            <rect
              key={`${at} ${hue}`}
              className="tl-Fill"
              data-hue={hue}
              x={left + step * (at + 0.08) + bar * hue}
              y={up(Math.max(cell, 0))}
              width={bar}
              height={Math.max(0, bottom - up(Math.max(cell, 0)))}
            >
              <title>{`${String(row[0])}, ${name}: ${cellText(cell)}`}</title>
            </rect>
          ) : null;
        })
      )}
      <NamesAxis
        names={rows.map(row => String(row[0]))}
        places={rows.map((_, at) => left + step * (at + 0.5))}
        bottom={bottom}
      />
    </Picture>
  );
}
