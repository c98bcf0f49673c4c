import type { TranslationBundle } from '@jupyterlab/translation';

import type { IJob } from './api';
import type { ISeriesView } from './generated';

/** The numbers of a training as they come, as a view of any finished result is; null where there are none yet. */
export function curveView(job: IJob, trans: TranslationBundle): ISeriesView | null {
  const curve = job.curve ?? null;
  const [x, ...y] = curve?.columns ?? [];
  if (curve === null || x === undefined || y.length === 0 || curve.rows.length < 2) {
    return null;
  }
  return {
    kind: 'series',
    name: `curve_${job.id}`,
    title: trans.__('Training so far'),
    columns: curve.columns,
    rows: curve.rows,
    units: {},
    caption: null,
    x,
    y,
    group: null,
    mark: 'line',
    reference: {}
  };
}

/** The newest numbers in words, for who cannot see the picture. */
export function curveWords(job: IJob): string | null {
  const curve = job.curve ?? null;
  const last = curve?.rows.at(-1);
  if (!curve || !last) {
    return null;
  }
  return curve.columns
    .map((name, at) => {
      const value = last[at];
      const text = typeof value === 'number' && !Number.isInteger(value) ? value.toPrecision(3) : String(value ?? '–');
      return `${name.replace(/_/g, ' ')} ${text}`;
    })
    .join(' · ');
}
