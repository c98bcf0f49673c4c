import type { TranslationBundle } from '@jupyterlab/translation';

import type { Status } from './generated';

/** The status as every surface writes it: icon and word, colour comes on top. */
export function statusWords(status: Status, trans: TranslationBundle): { icon: string; word: string } {
  switch (status) {
    case 'pass':
      return { icon: '✓', word: trans.__('pass') };
    case 'warn':
      return { icon: '!', word: trans.__('warn') };
    case 'fail':
      return { icon: '✕', word: trans.__('fail') };
    case 'error':
      return { icon: '⚠', word: trans.__('error') };
    case 'skipped':
      return { icon: '○', word: trans.__('not looked') };
    case 'not_applicable':
      return { icon: '–', word: trans.__('not applicable') };
  }
}

const STEPS: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ['year', 31_536_000],
  ['month', 2_592_000],
  ['week', 604_800],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60]
];

/** How long ago `started` (ISO 8601) was, in the language `locale`; the text itself where it is no time. */
export function timeAgo(started: string, now: number, locale?: string): string {
  const then = Date.parse(started);
  if (Number.isNaN(then)) {
    return started;
  }
  const seconds = Math.max(0, (now - then) / 1000);
  const format = new Intl.RelativeTimeFormat(locale, { numeric: 'auto', style: 'short' });
  for (const [unit, length] of STEPS) {
    if (seconds >= length) {
      return format.format(-Math.floor(seconds / length), unit);
    }
  }
  return format.format(0, 'second');
}

/** A cell of a view as text: three significant digits, or all before the point, are enough to read; the JSON has more. */
export function cellText(cell: unknown): string {
  if (cell === null || cell === undefined) {
    return '–';
  }
  if (typeof cell === 'number' && !Number.isInteger(cell)) {
    return Number(Math.abs(cell) < 100 ? cell.toPrecision(3) : cell.toFixed(0)).toString();
  }
  return String(cell);
}
