import * as React from 'react';

import type { IInterrupted, IJob, IRun } from '../../api';
import { ListSection } from '../../components/section';
import type { IListOptions } from '../../components/section';
import type { JobStore } from '../../jobs';
import type { PagesModel } from '../../pages';
import { Told } from '../../told';
import type { IRenderers } from '../../tokens';
import { failures } from './failures';
import { keyOf, RunsHead } from './head';

/** As many failures as are told of. */
export const MOST_FAILED = 5;

/** What ended badly lately: jobs that failed, and what was cut short wherever it ran. */
export interface IRecent {
  readonly failed: readonly IJob[];
  readonly interrupted: readonly IInterrupted[];
}

/** The section of what runs and ran. */
export class RunsSection extends ListSection<IRun> {
  /**
   * @param recent - Answers with what ended badly lately, whoever asked for it.
   * @param open - Show a job.
   * @param again - Open the form of what was cut short.
   */
  constructor(
    model: PagesModel<IRun>,
    options: IListOptions<IRun>,
    private readonly store: JobStore,
    private readonly renderers: IRenderers,
    private readonly recent: () => Promise<IRecent>,
    private readonly open: (job: IJob) => void,
    private readonly again: (one: IInterrupted) => void
  ) {
    super('trustlab:runs', model, options, store, () => this.top());
    this._trans = options.trans;
    store.changed.connect(this.hear, this);
  }

  override async refresh(): Promise<void> {
    await super.refresh();
    this._recent = await this.recent();
    this.update();
  }

  override dispose(): void {
    this.store.changed.disconnect(this.hear, this);
    super.dispose();
  }

  private top(): React.ReactElement | null {
    const known = [...this.store.jobs, ...this._recent.failed];
    const actions = {
      stop: (job: IJob) => void this.store.stop(job.id),
      open: this.open,
      again: this.again,
      dismiss: (key: string) => {
        this._dismissed.add(key);
        this.update();
      }
    };
    return (
      <RunsHead
        running={this.store.running}
        failed={failures(known, this._dismissed).slice(0, MOST_FAILED)}
        interrupted={this._recent.interrupted.filter(one => !this._dismissed.has(keyOf(one))).slice(0, MOST_FAILED)}
        told={this._told}
        renderers={this.renderers}
        actions={actions}
        trans={this._trans}
      />
    );
  }

  private hear(_store: JobStore, job: IJob): void {
    this._told.hear(job);
    this._told.keep(this.store.running.map(other => other.id));
    if (this.isVisible) {
      this.update();
    }
  }

  private _recent: IRecent = { failed: [], interrupted: [] };
  private readonly _dismissed = new Set<string>();
  private readonly _told = new Told();
  private readonly _trans: IListOptions<IRun>['trans'];
}
