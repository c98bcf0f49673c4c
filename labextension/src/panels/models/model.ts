import { Signal } from '@lumino/signaling';
import type { ISignal } from '@lumino/signaling';

import { orNothing } from '../../answers';
import type { IDocument, IPage, Parameters } from '../../api';
import { PagesModel } from '../../pages';
import { pageOf } from '../data/records';
import { modelRef } from './records';
import type { IAudit, IModelVersion } from './records';

/** Asks for the document of an operation that answers soon. */
export type Read = (operation: string, parameters: Parameters) => Promise<IDocument>;

/** One row: a version, or an audit of one. */
export type Row =
  | { readonly kind: 'version'; readonly version: IModelVersion }
  | { readonly kind: 'audit'; readonly audit: IAudit };

/** The registry as somebody walks through it: the versions of all models, or the audits of one version. */
export class ModelsModel {
  constructor(private readonly read: Read) {}

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
    const list = async (asked: Parameters): Promise<IPage<Row>> => {
      const found = pageOf<IModelVersion>(await this.read('model.list', asked), 'models');
      return { ...found, items: found.items.map(version => ({ kind: 'version', version })) };
    };
    return new PagesModel<Row>(({ limit, offset, matching }) =>
      orNothing(list({ limit, offset, ...(matching ? { matching } : {}) }))
    );
  }

  private audits(about: IModelVersion): PagesModel<Row> {
    return new PagesModel<Row>(async ({ limit, offset, matching }) => {
      const asked = { model: modelRef(about), limit, offset, ...(matching ? { matching } : {}) };
      const found = pageOf<IAudit>(await this.read('model.show', asked), 'audits');
      return { ...found, items: found.items.map(audit => ({ kind: 'audit', audit })) };
    });
  }

  private _about: IModelVersion | null = null;
  private _picked: IModelVersion | null = null;
  private _trouble: unknown = null;
  private _pages: PagesModel<Row> = this.versions();
  private readonly _changed = new Signal<this, void>(this);
}
