import { Signal } from '@lumino/signaling';
import type { ISignal } from '@lumino/signaling';

import { orNothing } from '../../answers';
import type { IDocument, IJob, IPage, IRun, IRunFilter, Parameters } from '../../api';
import { PagesModel } from '../../pages';
import { pageOf } from '../data/records';
import { modelRef } from './records';
import type { IModelVersion } from './records';

/** What the section asks of the server. */
export interface IModelServer {
  read(operation: string, parameters: Parameters): Promise<IDocument>;
  runs(page: number, perPage: number, filter: IRunFilter): Promise<IPage<IRun>>;
}

/** One row: a version, or an audit of one. */
export type Row =
  | { readonly kind: 'version'; readonly version: IModelVersion }
  | { readonly kind: 'audit'; readonly run: IRun };

// What the section itself asks for: it changes nothing, and must not lead to asking again.
const READS = ['model.list', 'model.show'];

/** Whether a job that is over may have changed what is registered: a verb on models, or what the journal keeps. */
export function changesModels(job: IJob): boolean {
  return job.run !== null || (job.operation.startsWith('model.') && !READS.includes(job.operation));
}

/** The registry as somebody walks through it: the versions of all models, or the audits of one version. */
export class ModelsModel {
  constructor(private readonly server: IModelServer) {}

  /** The version whose audits are shown; null where the versions are. */
  get about(): IModelVersion | null {
    return this._about;
  }

  get pages(): PagesModel<Row> {
    return this._pages;
  }

  /** The version that others are compared with; null where none was picked. */
  get picked(): IModelVersion | null {
    return this._picked;
  }

  /** What went wrong with something that a row or a button asked for. */
  get trouble(): unknown {
    return this._trouble;
  }

  /** Emitted when about, picked or trouble changed; the rows have a signal of their own. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** Show the audits of a version, or all versions again. */
  show(about: IModelVersion | null): void {
    this._about = about;
    this._trouble = null;
    this._pages = about === null ? this.versions() : this.audits(about);
    this._changed.emit();
    void this._pages.refresh();
  }

  pick(version: IModelVersion | null): void {
    this._picked = version;
    this._changed.emit();
  }

  fail(trouble: unknown): void {
    this._trouble = trouble;
    this._changed.emit();
  }

  private versions(): PagesModel<Row> {
    const read = async (asked: Parameters): Promise<IPage<Row>> => {
      const found = pageOf<IModelVersion>(await this.server.read('model.list', asked), 'models');
      return { ...found, items: found.items.map(version => ({ kind: 'version', version })) };
    };
    return new PagesModel<Row>(({ limit, offset, matching }) =>
      orNothing(read({ limit, offset, ...(matching ? { matching } : {}) }))
    );
  }

  private audits(about: IModelVersion): PagesModel<Row> {
    return new PagesModel<Row>(async part => {
      const matching = `${modelRef(about)} ${part.matching}`.trim();
      const page = Math.floor(part.offset / part.limit) + 1;
      const found = await this.server.runs(page, part.limit, { operation: 'audit', matching });
      return { ...found, items: found.items.map(run => ({ kind: 'audit', run })) };
    });
  }

  private _about: IModelVersion | null = null;
  private _picked: IModelVersion | null = null;
  private _trouble: unknown = null;
  private _pages: PagesModel<Row> = this.versions();
  private readonly _changed = new Signal<this, void>(this);
}
