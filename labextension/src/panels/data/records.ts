import { ApiError } from '../../api';
import type { IDocument, IPage } from '../../api';

/** What stands at the top of the store, or in a folder of a version or a mount. */
export interface IPlace {
  readonly path: string;
  readonly type: 'repo' | 'mount' | 'folder' | 'file' | 'table';
  readonly bytes: number | null;
  /** Why it cannot be read. */
  readonly reason?: string;
}

export interface IBranch {
  readonly repo: string;
  readonly branch: string;
  readonly commit: string;
  readonly time: string;
  readonly message: string;
  readonly files: number;
  readonly bytes: number;
}

export interface ICommit {
  readonly commit: string;
  readonly repo: string;
  readonly parents: readonly string[];
  readonly author: string;
  readonly time: string;
  readonly message: string;
  readonly files: number;
  readonly bytes: number;
  readonly tags: readonly string[];
  /** Its one file; null where it has more. */
  readonly path: string | null;
}

const SHORT = 12;

/** The part of a list that a document holds under `key`, and how long the list is in all. */
export function pageOf<T>(document: IDocument, key: string): IPage<T> {
  const told = document as unknown as Readonly<Record<string, unknown>>;
  const items = told[key];
  if (!Array.isArray(items)) {
    throw new ApiError('damaged', `${document.operation}: ${key} must be a list`, null);
  }
  const total = told['total'];
  return { items: items as T[], total: typeof total === 'number' ? total : items.length };
}

/** The ref of a version, short enough to read and long enough to mean one version. */
export function refOf(commit: { readonly repo: string; readonly commit: string }): string {
  return `${commit.repo}@${commit.commit.slice(0, SHORT)}`;
}

/** A size for people: `980 B`, `1.4 MB`. */
export function sizeText(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let [size, unit] = [bytes, 0];
  while (size >= 1000 && unit < units.length - 1) {
    size /= 1000;
    unit += 1;
  }
  return `${unit === 0 || size >= 100 ? Math.round(size) : Number(size.toPrecision(2))} ${units[unit]}`;
}

/** A repo's name made of a file's: what stands before the first dot, in the letters that a name may have. */
export function repoOf(file: string): string {
  const stem = file.replace(/^.*[\\/]/, '').split('.').find(Boolean) ?? '';
  const fit = stem.replace(/[^A-Za-z0-9_-]+/g, '-').replace(/^[-_]+|[-_]+$/g, '');
  return fit || 'data';
}
