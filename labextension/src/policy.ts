import type { IPolicyAnswer, IPolicyEntry } from './answers';
import type { Parameters } from './api';

/** What can be typed about a check; a key that was not touched is not there. */
export interface IEdit {
  readonly warn?: string;
  readonly fail?: string;
  readonly owner?: string;
  readonly reason?: string;
  readonly ask?: boolean;
}

/** One check of a policy as it is read. */
export interface ICheckRow {
  readonly id: string;
  readonly family: string;
  readonly title: string;
  readonly question: string;
  readonly better: 'lower' | 'higher';
  readonly entry: IPolicyEntry;
  /** Whether the policy says something of its own, rather than the check's own limits. */
  readonly set: boolean;
}

/** The file that the editor opens where none is named. */
export const POLICY_FILE = 'policy.yaml';
/** What a file's content is called where there is no file yet. */
export const NEW = 'new';

/** The checks of a policy by family, those that have every word of `filter` in them. */
export function checksOf(answer: IPolicyAnswer, filter: string): readonly (readonly [string, readonly ICheckRow[]])[] {
  const words = filter.toLocaleLowerCase().split(/\s+/).filter(Boolean);
  const families = new Map<string, ICheckRow[]>();
  for (const [id, entry] of Object.entries(answer.policy.checks)) {
    const told = answer.checks[id];
    const family = id.split('.')[0] ?? id;
    const row: ICheckRow = {
      id,
      family,
      title: told?.title ?? id,
      question: told?.question ?? '',
      better: told?.better ?? 'lower',
      entry,
      set: told?.set ?? true
    };
    const text = [id, row.title, row.question, entry.source, entry.owner, entry.reason].join(' ').toLocaleLowerCase();
    if (words.every(word => text.includes(word))) {
      families.set(family, [...(families.get(family) ?? []), row]);
    }
  }
  return [...families];
}

/** A limit as it stands in its field; `none` where the check has none. */
export function limitText(limit: number | null): string {
  return limit === null ? 'none' : String(limit);
}

/** What `amend` is asked for to make an edit; null where nothing differs from what the policy says. */
export function amendment(file: string, row: ICheckRow, edit: IEdit, revision: string): Parameters | null {
  const now: Record<string, string | boolean> = {
    warn: limitText(row.entry.warn),
    fail: limitText(row.entry.fail),
    owner: row.entry.owner ?? '',
    reason: row.entry.reason ?? '',
    ask: row.entry.ask ?? true
  };
  const changed = Object.entries(edit)
    .map(([key, value]) => [key, typeof value === 'string' ? value.trim() : value] as const)
    .filter(([key, value]) => value !== undefined && value !== now[key] && !(value === '' && now[key] === ''));
  if (changed.length === 0) {
    return null;
  }
  const said = changed.map(([key, value]) => [key, (key === 'warn' || key === 'fail') && value === '' ? 'none' : value]);
  return { file, check: row.id, ...(Object.fromEntries(said) as Parameters), revision };
}

/** The parameters of an audit like the last one, by this policy. */
export function auditAgain(given: unknown, file: string): Parameters {
  return { ...(typeof given === 'object' && given !== null ? (given as Parameters) : {}), policy: file };
}
