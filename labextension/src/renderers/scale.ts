/** Numbers on pixels. */
export interface IScale {
  (value: number): number;
  readonly low: number;
  readonly high: number;
}

/** Whether a cell is a number that can be drawn. */
export function isNumber(cell: unknown): cell is number {
  return typeof cell === 'number' && Number.isFinite(cell) && Math.abs(cell) < 1e300;
}

/** A scale that holds `values` with some air; from zero where bars grow from it. Shares stay within 0 and 1. */
export function scaleOf(values: readonly number[], start: number, end: number, zero = false): IScale {
  let low = Math.min(...values);
  let high = Math.max(...values);
  if (values.length === 0) {
    [low, high] = [0, 1];
  }
  const share = low >= 0 && high <= 1;
  if (zero) {
    [low, high] = [Math.min(low, 0), Math.max(high, 0)];
  }
  const air = 0.05 * (high - low || Math.abs(high) || 1);
  const from = low >= 0 ? Math.max(low - (zero ? 0 : air), 0) : low - air;
  const to = share ? Math.min(high + air, 1) : high <= 0 && zero ? high : high + air;
  const span = to - from;
  const place = (value: number): number => start + (end - start) * (span > 0 ? (value - from) / span : 0.5);
  return Object.assign(place, { low: from, high: to });
}

/** Round numbers within a scale, about `count` of them. */
export function ticksOf(scale: IScale, count = 5): readonly number[] {
  const span = scale.high - scale.low;
  if (!(span > 0)) {
    return [scale.low];
  }
  const raw = span / count;
  const size = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 2.5, 5, 10].map(times => size * times).find(found => found >= raw) ?? size * 10;
  const first = Math.ceil(scale.low / step - 1e-9);
  const last = Math.floor(scale.high / step + 1e-9);
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, at) => Number(((first + at) * step).toPrecision(12)));
}
