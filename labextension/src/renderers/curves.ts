import type { ISeriesView } from '../generated';
import { isNumber } from './scale';

/** A place on the x axis, a number, and the ends of its interval where there are any. */
export interface IPoint {
  readonly x: number | string;
  readonly y: number | null;
  readonly low: number | null;
  readonly high: number | null;
}

export interface ICurve {
  readonly name: string;
  readonly points: readonly IPoint[];
}

const MOST_POINTS = 300;

/** The curves of a series: one for each y column and group, thinned evenly where they are long. */
export function curvesOf(view: ISeriesView): readonly ICurve[] {
  const at = (name: string): number => view.columns.indexOf(name);
  const x = at(view.x);
  if (x < 0) {
    return [];
  }
  const split = view.group === null ? -1 : at(view.group);
  const groups = new Map<string, (readonly unknown[])[]>();
  for (const row of view.rows) {
    const name = split < 0 ? '' : String(row[split]);
    groups.set(name, [...(groups.get(name) ?? []), row]);
  }
  return view.y
    .filter(name => at(name) >= 0)
    .flatMap(name =>
      [...groups].map(([group, rows]) => {
        const step = Math.ceil(rows.length / MOST_POINTS) || 1;
        const points = rows
          .filter((row, place) => place % step === 0 && row[x] !== null && row[x] !== undefined)
          .map(row => pointOf(row, [x, at(name), at(`${name}_lo`), at(`${name}_hi`)]));
        const title = [view.y.length > 1 || group === '' ? name : '', group].filter(Boolean).join(' ');
        return { name: title, points };
      })
    );
}

function pointOf(row: readonly unknown[], places: readonly [number, number, number, number]): IPoint {
  const [x, y, low, high] = places.map(place => row[place]);
  const bounded = isNumber(low) && isNumber(high);
  return {
    x: isNumber(x) ? x : String(x),
    y: isNumber(y) ? y : null,
    low: bounded ? low : null,
    high: bounded ? high : null
  };
}

/** Names for an axis: where all are times, their day, or their clock where all are of one day. */
export function readableTimes(names: readonly string[]): readonly string[] {
  if (names.length === 0 || !names.every(name => /^\d{4}-\d\d-\d\d(T|$)/.test(name))) {
    return names;
  }
  const days = names.map(name => name.slice(0, 10));
  if (new Set(days).size === 1 && names.every(name => name.length >= 19)) {
    return names.map(name => name.slice(11, 19));
  }
  return new Set(days).size === days.length ? days : names.map(name => name.slice(0, 16).replace('T', ' '));
}
