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
      this._seen.delete(check);
    } else {
      this._edits.set(check, edit);
      this._seen.set(check, this._seen.get(check) ?? this.revision);
    }
    if (this._refused?.check === check) {
      this._refused = null;
    }
    this._changed.emit();
  }

  /** Read the file anew, to change what it says now; what is typed stays. */
  async reload(): Promise<void> {
    await this.load();
    this.move(() => true);
    if (this._refused?.error instanceof ApiError && this._refused.error.code === 'conflict') {
      this._refused = null; // What stood against it has been read.
    }
    this._changed.emit();
  }

  /** Read the file anew. What is typed stays, and is still about what was seen when it was begun. */
  async load(): Promise<void> {
    try {
      this._answer = payloadOf(await this.read());
      this._error = null;
    } catch (error) {
      this._error = error;
    }
    this._changed.emit();
  }

  /** Save what is typed about a check; the server looks at it first, and refuses where the file is not what was read. */
  async save(row: ICheckRow): Promise<void> {
    const sent = this.edit(row.id);
    const seen = this._seen.get(row.id) ?? this.revision;
    const parameters = amendment(this.file, row, sent ?? {}, seen);
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
        this._seen.delete(row.id);
      }
      await this.load();
      this.move(revision => revision === seen); // The change between was this page's own.
    } catch (error) {
      this._refused = { check: row.id, error };
    }
    this._busy = false;
    this._changed.emit();
  }

  private get revision(): string {
    return this._answer?.revision ?? NEW;
  }

  /** Let what is typed be about the file as it is now, where it was about a file of which `which` holds. */
  private move(which: (revision: string) => boolean): void {
    for (const [check, revision] of this._seen) {
      if (which(revision)) {
        this._seen.set(check, this.revision);
      }
    }
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
  /** What the file was when the typing about a check began: a change by somebody else since is not written over. */
  private readonly _seen = new Map<string, string>();
  private readonly _changed = new Signal<this, void>(this);
}
