import { DisposableDelegate } from '@lumino/disposable';
import type { IDisposable } from '@lumino/disposable';
import { Signal } from '@lumino/signaling';
import type { ISignal } from '@lumino/signaling';

import type { IEntry, IRegistry } from './tokens';

const LAST = 1000;

/** Entries by rank; `add` answers with the way to take the entry away again. */
export class Registry<T extends IEntry> implements IRegistry<T> {
  get entries(): readonly T[] {
    return this._entries;
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  add(entry: T): IDisposable {
    if (this._entries.some(other => other.id === entry.id)) {
      throw new Error(`An entry is already called '${entry.id}'.`);
    }
    // Sorting is stable: entries of one rank keep the order in which they came.
    this._entries = [...this._entries, entry].sort((a, b) => (a.rank ?? LAST) - (b.rank ?? LAST));
    this._changed.emit();
    return new DisposableDelegate(() => {
      this._entries = this._entries.filter(other => other !== entry);
      this._changed.emit();
    });
  }

  private _entries: readonly T[] = [];
  private _changed = new Signal<this, void>(this);
}
