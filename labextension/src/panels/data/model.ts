import { Signal } from '@lumino/signaling';
import type { ISignal } from '@lumino/signaling';

import { orNothing } from '../../answers';
import type { IDocument, IPage, Parameters } from '../../api';
import { PagesModel } from '../../pages';
import type { IPart } from '../../pages';
import { pageOf } from './records';
import type { IBranch, ICommit, IPlace } from './records';

/** Where in the store one looks. */
export type Level =
  | { readonly kind: 'names' }
  | { readonly kind: 'branches'; readonly repo: string }
  | { readonly kind: 'versions'; readonly repo: string; readonly branch: string }
  | { readonly kind: 'files'; readonly ref: string; readonly folder: string; readonly repo: string | null };

/** One row of whichever level. */
export type Row =
  | { readonly kind: 'place'; readonly place: IPlace }
  | { readonly kind: 'branch'; readonly branch: IBranch }
  | { readonly kind: 'commit'; readonly commit: ICommit };

/** Asks for the document of an operation that answers soon. */
export type Read = (operation: string, parameters: Parameters) => Promise<IDocument>;

const TOP: Level = { kind: 'names' };

/** The store as somebody walks through it: names, branches, versions, files; and what was picked on the way. */
export class DataModel {
  constructor(private readonly read: Read) {}

  /** The levels from the top down to the one that is shown. */
  get trail(): readonly Level[] {
    return this._trail;
  }

  get level(): Level {
    return this._trail.at(-1) ?? TOP;
  }

  /** The rows of the level that is shown. */
  get pages(): PagesModel<Row> {
    return this._pages;
  }

  /** The version that others are compared with; null where none was picked. */
  get picked(): ICommit | null {
    return this._picked;
  }

  /** What went wrong with something that a row or a button asked for. */
  get trouble(): unknown {
    return this._trouble;
  }

  /** Emitted when level, picked or trouble changed; the rows have a signal of their own. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** Show a level of the trail again. */
  up(to: number): void {
    this.show(this._trail.slice(0, to + 1));
  }

  /** Go into a repo: to its versions where it has one branch, else to its branches. */
  async openRepo(repo: string): Promise<void> {
    const branches: Level = { kind: 'branches', repo };
    const from = this._trail;
    let trail: readonly Level[] = [TOP, branches];
    try {
      const found = pageOf<IBranch>(await this.read('data.branches', { repo, limit: 2 }), 'branches');
      const [only] = found.items;
      if (found.total === 1 && only) {
        trail = [...trail, { kind: 'versions', repo, branch: only.branch }];
      }
    } catch {
      // The list asks again, and says what is wrong.
    }
    if (this._trail === from) {
      this.show(trail); // Nobody has gone elsewhere meanwhile.
    }
  }

  openBranch(branch: IBranch): void {
    this.show([...this._trail, { kind: 'versions', repo: branch.repo, branch: branch.branch }]);
  }

  /** Go into a version, a mount, or a folder of either. */
  openFiles(ref: string, folder: string, repo: string | null): void {
    this.show([...this._trail, { kind: 'files', ref, folder, repo }]);
  }

  pick(commit: ICommit | null): void {
    this._picked = commit;
    this._changed.emit();
  }

  fail(trouble: unknown): void {
    this._trouble = trouble;
    this._changed.emit();
  }

  private show(trail: readonly Level[]): void {
    this._trail = trail;
    this._trouble = null;
    this._pages = this.pagesOf(this.level);
    this._changed.emit();
    void this._pages.refresh();
  }

  private pagesOf(level: Level): PagesModel<Row> {
    return new PagesModel(part => this.fetch(level, part));
  }

  private async fetch(level: Level, part: IPart): Promise<IPage<Row>> {
    const asked = { limit: part.limit, offset: part.offset, ...(part.matching ? { matching: part.matching } : {}) };
    switch (level.kind) {
      case 'names':
        return orNothing(this.read('data.ls', asked).then(places)); // The first version makes the workspace.
      case 'branches': {
        const found = pageOf<IBranch>(await this.read('data.branches', { repo: level.repo, ...asked }), 'branches');
        return { ...found, items: found.items.map(branch => ({ kind: 'branch', branch })) };
      }
      case 'versions': {
        const ref = `${level.repo}@${level.branch}`;
        const found = pageOf<ICommit>(await this.read('data.log', { ref, ...asked }), 'commits');
        return { ...found, items: found.items.map(commit => ({ kind: 'commit', commit })) };
      }
      case 'files': {
        const ref = level.folder ? `${level.ref}:${level.folder}` : level.ref;
        return places(await this.read('data.ls', { ref, ...asked }));
      }
    }
  }

  private _trail: readonly Level[] = [TOP];
  private _pages: PagesModel<Row> = this.pagesOf(TOP);
  private _picked: ICommit | null = null;
  private _trouble: unknown = null;
  private readonly _changed = new Signal<this, void>(this);
}

function places(document: IDocument): IPage<Row> {
  const found = pageOf<IPlace>(document, 'entries');
  return { ...found, items: found.items.map(place => ({ kind: 'place', place })) };
}
