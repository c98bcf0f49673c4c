import { Signal } from '@lumino/signaling';
import type { ISignal } from '@lumino/signaling';

import type { IPage } from './api';

/** A list that comes from the server page by page, and says when it changed. */
export class PagedModel<T extends { readonly id: string }> {
  /**
   * @param fetch - Answers with one page; the first page is 1.
   * @param perPage - How many items a page holds.
   */
  constructor(
    private readonly fetch: (page: number, perPage: number) => Promise<IPage<T>>,
    readonly perPage: number
  ) {}

  get items(): readonly T[] {
    return this._items;
  }

  get total(): number {
    return this._total;
  }

  /** What went wrong last time; the items of the time before are kept. */
  get error(): unknown {
    return this._error;
  }

  /** Whether the server has answered at least once. */
  get loaded(): boolean {
    return this._loaded;
  }

  get hasMore(): boolean {
    return this._items.length < this._total;
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** Read the newest page again, and keep the older ones where they still join on to it. */
  async refresh(): Promise<void> {
    await this._load(1, (fresh, old) => {
      const known = new Set(old.map(item => item.id));
      const joins = fresh.some(item => known.has(item.id));
      return joins ? union(fresh, old) : fresh;
    });
  }

  /** Read the next older page. */
  async more(): Promise<void> {
    const page = Math.floor(this._items.length / this.perPage) + 1;
    await this._load(page, (fresh, old) => union(old, fresh));
  }

  private async _load(
    page: number,
    merge: (fresh: readonly T[], old: readonly T[]) => readonly T[]
  ): Promise<void> {
    const ticket = ++this._ticket;
    try {
      const answer = await this.fetch(page, this.perPage);
      if (ticket !== this._ticket) {
        return; // A later request has been sent; its answer is the newer one.
      }
      this._items = merge(answer.items, this._items).slice(0, answer.total);
      this._total = answer.total;
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
  private _total = 0;
  private _error: unknown = null;
  private _loaded = false;
  private _ticket = 0;
  private _changed = new Signal<this, void>(this);
}

function union<T extends { readonly id: string }>(first: readonly T[], then: readonly T[]): T[] {
  const known = new Set(first.map(item => item.id));
  return [...first, ...then.filter(item => !known.has(item.id))];
}
