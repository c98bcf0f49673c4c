import { Signal } from '@lumino/signaling';
import type { ISignal } from '@lumino/signaling';

import type { IRun } from '../../api';

const MOST = 2;

/** The audits that are to be compared: two at most, and a third takes the place of the one chosen first. */
export class Chosen {
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get count(): number {
    return this._runs.length;
  }

  has(run: IRun): boolean {
    return this._runs.some(other => other.id === run.id);
  }

  toggle(run: IRun): void {
    this._runs = this.has(run)
      ? this._runs.filter(other => other.id !== run.id)
      : [...this._runs, run].slice(-MOST);
    this._changed.emit();
  }

  /** The earlier and the later of the two; null where there are not two. */
  get pair(): { readonly old: string; readonly new: string } | null {
    const [first, second] = [...this._runs].sort((a, b) => a.started.localeCompare(b.started));
    return first && second ? { old: first.id, new: second.id } : null;
  }

  private _runs: readonly IRun[] = [];
  private readonly _changed = new Signal<this, void>(this);
}
