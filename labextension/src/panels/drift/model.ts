import { Signal } from '@lumino/signaling';
import type { ISignal } from '@lumino/signaling';

import { orNothing } from '../../answers';
import type { IDocument, IPage, IRun, IRunFilter, Parameters } from '../../api';
import { PagesModel } from '../../pages';
import { pageOf, refOf } from '../data/records';
import type { IBranch, ICommit, IPlace } from '../data/records';

export const DRIFT = 'drift';
// As many as one would look through in a menu; every other version is a ref to type in the form.
const OFFERED = 200;

/** What the section asks of the server. */
export interface IDriftServer {
  read(operation: string, parameters: Parameters): Promise<IDocument>;
  runs(page: number, perPage: number, filter: IRunFilter): Promise<IPage<IRun>>;
}

/** A version that can be picked. */
export interface IChoice {
  readonly ref: string;
  readonly words: string;
}

/** The pair that is to be compared, what it can be picked from, and the earlier comparisons. */
export class DriftModel {
  constructor(private readonly server: IDriftServer) {}

  /** The comparisons that were made, newest first. */
  readonly pages = new PagesModel<IRun>(({ offset, limit, matching }) =>
    orNothing(this.server.runs(Math.floor(offset / limit) + 1, limit, { operation: DRIFT, matching }))
  );

  get repos(): readonly string[] {
    return this._repos;
  }

  /** The versions of the chosen repo: its branches, then what led to the first of them. */
  get choices(): readonly IChoice[] {
    return this._choices;
  }

  get repo(): string | null {
    return this._repo;
  }

  get reference(): string | null {
    return this._reference;
  }

  get current(): string | null {
    return this._current;
  }

  /** What went wrong with what was asked for last. */
  get trouble(): unknown {
    return this._trouble;
  }

  /** Emitted when anything but the earlier comparisons changed. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** Read the repos and the versions of the chosen one anew; what was picked stays where it is still there. */
  async refresh(): Promise<void> {
    await this.guarded(() => this.readRepos());
  }

  private async readRepos(): Promise<void> {
    const found = await orNothing(
      this.server.read('data.ls', { limit: OFFERED, matching: 'repo' }).then(told => pageOf<IPlace>(told, 'entries'))
    );
    this._repos = found.items.filter(place => place.type === 'repo').map(place => place.path);
    if (this._repo === null || !this._repos.includes(this._repo)) {
      this._repo = this._repos[0] ?? null;
    }
    await this.readVersions();
  }

  async chooseRepo(repo: string): Promise<void> {
    this._repo = repo;
    this._choices = [];
    this._reference = this._current = null;
    this._changed.emit();
    await this.guarded(() => this.readVersions());
  }

  choose(side: 'reference' | 'current', ref: string): void {
    this[side === 'reference' ? '_reference' : '_current'] = ref;
    this._changed.emit();
  }

  fail(trouble: unknown): void {
    this._trouble = trouble;
    this._changed.emit();
  }

  private async guarded(read: () => Promise<void>): Promise<void> {
    try {
      await read();
      this._trouble = null;
    } catch (error) {
      this._trouble = error;
    }
    this._changed.emit();
  }

  private async readVersions(): Promise<void> {
    const repo = this._repo;
    if (repo === null) {
      this._choices = [];
      return;
    }
    const branches = pageOf<IBranch>(await this.server.read('data.branches', { repo, limit: OFFERED }), 'branches');
    const main = branches.items.find(branch => branch.branch === 'main') ?? branches.items[0];
    const log = main ? await this.server.read('data.log', { ref: `${repo}@${main.branch}`, limit: OFFERED }) : null;
    if (repo !== this._repo) {
      return; // Another repo was chosen meanwhile.
    }
    const commits = log === null ? [] : pageOf<ICommit>(log, 'commits').items;
    const heads = branches.items.map(branch => ({ ref: `${repo}@${branch.branch}`, words: branch.branch }));
    const versions = commits.map(commit => ({
      ref: refOf(commit),
      words: [commit.commit.slice(0, 8), commit.message, commit.time.slice(0, 10)].filter(Boolean).join(' · ')
    }));
    this._choices = [...heads, ...versions];
    const known = new Set(this._choices.map(choice => choice.ref));
    if (this._reference === null || !known.has(this._reference)) {
      // The version before the newest: whether the newest still looks like it is what is mostly asked.
      this._reference = (versions[1] ?? versions[0])?.ref ?? null;
    }
    if (this._current === null || !known.has(this._current)) {
      this._current = heads.find(head => head.words === main?.branch)?.ref ?? null;
    }
  }

  private _repos: readonly string[] = [];
  private _choices: readonly IChoice[] = [];
  private _repo: string | null = null;
  private _reference: string | null = null;
  private _current: string | null = null;
  private _trouble: unknown = null;
  private readonly _changed = new Signal<this, void>(this);
}
