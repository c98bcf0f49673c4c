import type { TranslationBundle } from '@jupyterlab/translation';

import { isRecord } from './api';

/** A version that an output was made from: the ref as it was asked for, and the commit that it was then. */
export interface ISeen {
  readonly asked: string;
  readonly repo: string;
  readonly commit: string;
}

/** What `data.newer` tells of one. */
export interface IMoved extends ISeen {
  readonly now: string | null;
  readonly newer: boolean;
  /** How many versions lie between; null where the new one does not follow from the old. */
  readonly behind: number | null;
  /** Why the ref means nothing any more. */
  readonly gone: string | null;
}

const KEY = 'trustlab';
const SHORT = 8;

/** The versions that an output's metadata name; none where it is not ours, or of a form that is not known here. */
export function seenIn(metadata: unknown): readonly ISeen[] {
  const refs = isRecord(metadata) && isRecord(metadata[KEY]) ? metadata[KEY]['refs'] : null;
  return Array.isArray(refs) ? refs.filter(isSeen) : [];
}

/** A version as `data.newer` takes it. */
export function seenText(seen: ISeen): string {
  return `${seen.asked}=${seen.commit}`;
}

/** What stands on a cell whose result is older than its data. */
export function movedWords(moved: IMoved, trans: TranslationBundle): string {
  const was = `${moved.repo}@${moved.commit.slice(0, SHORT)}`;
  const branch = moved.asked.slice(moved.asked.lastIndexOf('@') + 1);
  if (moved.behind === null) {
    return trans.__('Made from %1; %2 is another version by now, which does not follow from it.', was, branch);
  }
  return moved.behind === 1
    ? trans.__('Made from %1; %2 has moved on since, by one version.', was, branch)
    : trans.__('Made from %1; %2 has moved on since, by %3 versions.', was, branch, moved.behind);
}

function isSeen(value: unknown): value is ISeen {
  return isRecord(value) && ['asked', 'repo', 'commit'].every(name => typeof value[name] === 'string');
}
