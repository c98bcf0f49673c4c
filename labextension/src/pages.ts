import { Signal } from '@lumino/signaling';
import type { ISignal } from '@lumino/signaling';

import type { IPage } from './api';

/** Which part of a list is wanted. */
export interface IPart {
  readonly offset: number;
  readonly limit: number;
  /** Words that must all occur; the server looks for them. */
  readonly matching: string;
}

/** A long list of which only the pages that somebody sees are fetched. */
export class PagesModel<T> {
  /**
   * @param fetch - Answers with a part of the list, and how many there are in all.
   * @param perPage - How many items are fetched at once.
   */
  constructor(
    private readonly fetch: (part: IPart) => Promise<IPage<T>>,
    readonly perPage = 50
  ) {}

  /** How many items there are; 0 before the server has answered. */
  get total(): number {
    return this._total;
  }

  /** Whether the server has answered at least once. */
  get loaded(): boolean {
    return this._loaded;
  }

  /** What went wrong last time; the items of the time before are kept. */
  get error(): unknown {
    return this._error;
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get matching(): string {
    return this._matching;
  }

  /** The item at a place, where its page is there. */
  at(place: number): T | undefined {
    return this._pages.get(Math.floor(place / this.perPage))?.[place % this.perPage];
  }

  /** Want only what matches; the list begins anew. */
  async filter(matching: string): Promise<void> {
    if (matching !== this._matching) {
      this._matching = matching;
      this._stale = true;
      this._seen = [0, 0];
      await this.refresh();
    }
  }

  /** Say which places are seen: their pages are fetched where they are not there. */
  async see(first: number, last: number): Promise<void> {
    this._seen = [Math.floor(first / this.perPage), Math.floor(Math.max(first, last) / this.perPage)];
    const wanted = this.seenPages().filter(page => !this._pages.has(page) && !this._asked.has(page));
    await Promise.all(wanted.map(page => this.load(page, this._round)));
  }

  /** Read what is seen anew; what is not seen is forgotten, and read when it is seen again. */
  async refresh(): Promise<void> {
    const round = ++this._round;
    this._asked.clear();
    await Promise.all(this.seenPages().map(page => this.load(page, round)));
  }

  private seenPages(): number[] {
    const [first, last] = this._seen;
    return Array.from({ length: last - first + 1 }, (_, at) => first + at);
  }

  private async load(page: number, round: number): Promise<void> {
    this._asked.add(page);
    const part = { offset: page * this.perPage, limit: this.perPage, matching: this._matching };
    try {
      const { items, total } = await this.fetch(part);
      if (round !== this._round) {
        return; // The list was begun anew, and this belongs to the old one.
      }
      if (this._filled !== round) {
        const kept = this._stale ? [] : this.seenPages().filter(other => this._pages.has(other));
        this._pages = new Map(kept.map(other => [other, this._pages.get(other) ?? []]));
        this._filled = round;
        this._stale = false;
      }
      this._pages.set(page, items);
      this._total = total;
      this._loaded = true;
      this._error = null;
    } catch (error) {
      if (round !== this._round) {
        return;
      }
      this._error = error;
    }
    this._asked.delete(page);
    this._changed.emit();
  }

  private _pages = new Map<number, readonly T[]>();
  private readonly _asked = new Set<number>();
  private _seen: readonly [number, number] = [0, 0];
  private _matching = '';
  private _total = 0;
  private _loaded = false;
  private _stale = false;
  private _error: unknown = null;
  private _round = 0;
  private _filled = 0;
  private readonly _changed = new Signal<this, void>(this);
}
