import { Signal } from '@lumino/signaling';
import type { ISignal } from '@lumino/signaling';

/** A short list that the server answers with as a whole, and that says when it changed. */
export class WholeModel<T> {
  constructor(private readonly fetch: () => Promise<readonly T[]>) {}

  get items(): readonly T[] {
    return this._items;
  }

  /** What went wrong last time; the items of the time before are kept. */
  get error(): unknown {
    return this._error;
  }

  /** Whether the server has answered at least once. */
  get loaded(): boolean {
    return this._loaded;
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** Read it again. */
  async refresh(): Promise<void> {
    const ticket = ++this._ticket;
    try {
      const items = await this.fetch();
      if (ticket !== this._ticket) {
        return; // A later request has been sent; its answer is the newer one.
      }
      this._items = items;
      this._error = null;
      this._loaded = true;
    } catch (error) {
      if (ticket !== this._ticket) {
        return;
      }
      this._error = error;
    }
    this._changed.emit();
  }

  private _items: readonly T[] = [];
  private _error: unknown = null;
  private _loaded = false;
  private _ticket = 0;
  private readonly _changed = new Signal<this, void>(this);
}
