import { Signal } from '@lumino/signaling';
import type { ISignal } from '@lumino/signaling';

import { payloadOf } from '../../answers';
import type { IPolicyAnswer } from '../../answers';
import { ApiError } from '../../api';
import type { IDocument, Parameters } from '../../api';
import { amendment, NEW } from '../../policy';
import type { ICheckRow, IEdit } from '../../policy';

/** What the editor asks of the server. */
export interface IPolicyServer {
  read(operation: string, parameters?: Parameters): Promise<IDocument>;
}

/** A policy's file as the editor knows it: what it says, what is typed and not saved, and what the server refused. */
export class PolicyModel {
  constructor(
    private readonly server: IPolicyServer,
    readonly file: string
  ) {}

  get answer(): IPolicyAnswer | null {
    return this._answer;
  }

  /** Whether the file is there; without it the default policy holds, and the first change makes it. */
  get isFile(): boolean {
    return this._answer?.revision !== null && this._answer !== null;
  }

  /** Why the policy could not be read. */
  get error(): unknown {
    return this._error;
  }

  /** Why the last change was not saved, and of which check. */
  get refused(): { readonly check: string; readonly error: unknown } | null {
    return this._refused;
  }

  /** What was saved last, in the server's words. */
  get saved(): string | null {
    return this._saved;
  }

  get busy(): boolean {
    return this._busy;
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  edit(check: string): IEdit | undefined {
    return this._edits.get(check);
  }

  /** Keep what is typed about a check; null forgets it. */
  type(check: string, edit: IEdit | null): void {
    if (edit === null) {
      this._edits.delete(check);
    } else {
      this._edits.set(check, edit);
    }
    if (this._refused?.check === check) {
      this._refused = null;
    }
    this._changed.emit();
  }

  /** Read the file anew; what is typed stays. */
  async load(): Promise<void> {
    try {
      this._answer = payloadOf(await this.read());
      this._error = null;
      if (this._refused?.error instanceof ApiError && this._refused.error.code === 'conflict') {
        this._refused = null; // What stood against it has been read.
      }
    } catch (error) {
      this._error = error;
    }
    this._changed.emit();
  }

  /** Save what is typed about a check; the server looks at it first, and refuses where the file is not what was read. */
  async save(row: ICheckRow): Promise<void> {
    const sent = this.edit(row.id);
    const parameters = amendment(this.file, row, sent ?? {}, this._answer?.revision ?? NEW);
    if (parameters === null) {
      this.type(row.id, null);
      return;
    }
    this._busy = true;
    this._refused = null;
    this._changed.emit();
    try {
      const done = await this.server.read('amend', parameters);
      this._saved = done.summary;
      if (this.edit(row.id) === sent) {
        this._edits.delete(row.id); // What was typed meanwhile stays.
      }
      await this.load();
    } catch (error) {
      this._refused = { check: row.id, error };
    }
    this._busy = false;
    this._changed.emit();
  }

  private async read(): Promise<IDocument> {
    try {
      return await this.server.read('policy', { file: this.file });
    } catch (error) {
      if (error instanceof ApiError && error.code === 'not_found') {
        return this.server.read('policy', {});
      }
      throw error;
    }
  }

  private _answer: IPolicyAnswer | null = null;
  private _error: unknown = null;
  private _refused: { readonly check: string; readonly error: unknown } | null = null;
  private _saved: string | null = null;
  private _busy = false;
  private readonly _edits = new Map<string, IEdit>();
  private readonly _changed = new Signal<this, void>(this);
}
