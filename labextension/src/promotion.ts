import type { IDraftAnswer } from './answers';
import type { Parameters } from './api';

/** What is typed about a promotion. */
export interface IPromotion {
  readonly name: string;
  readonly cron: string;
  readonly timezone: string;
  /** Values in place of the notebook's own, by name. */
  readonly values: Readonly<Record<string, string>>;
}

/** The name of a pipeline that a notebook's path proposes. */
export function proposedName(path: string): string {
  const stem = (path.split('/').at(-1) ?? path).replace(/\.ipynb$/, '');
  return stem.replace(/[^A-Za-z0-9._-]+/g, '-').replace(/^[-._]+|[-._]+$/g, '') || 'pipeline';
}

/** A default as it stands in a field: text as it is, anything else as JSON. */
export function valueText(value: unknown): string {
  return value === null || value === undefined ? '' : typeof value === 'string' ? value : JSON.stringify(value);
}

/** What `promote` and `pipeline.draft` are asked for: only what is said, and only values that differ. */
export function promotionRequest(path: string, typed: IPromotion, draft: IDraftAnswer | null): Parameters {
  const defaults = new Map(draft?.parameters.map(one => [one.name, valueText(one.default)]));
  const changed = Object.entries(typed.values).filter(
    ([name, text]) => (draft === null || defaults.has(name)) && text !== defaults.get(name)
  );
  return {
    notebook: path,
    name: typed.name.trim(),
    ...(changed.length > 0 ? { parameters: Object.fromEntries(changed) } : {}),
    ...(typed.cron.trim() ? { cron: typed.cron.trim() } : {}),
    ...(typed.cron.trim() && typed.timezone.trim() ? { timezone: typed.timezone.trim() } : {})
  };
}
