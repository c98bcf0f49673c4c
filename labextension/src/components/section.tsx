import * as React from 'react';

import type { IJob } from '../api';
import type { JobStore } from '../jobs';
import type { PagesModel } from '../pages';
import { LiveWidget } from './live';
import { VirtualList } from './virtual';
import type { IVirtualListProps } from './virtual';

// For what changes elsewhere, such as in a terminal; what this page does is followed at once.
const SECONDS = 30;

/** What a section's list is made of; the section itself adds the model and the way to try again. */
export type IListOptions<T> = Omit<IVirtualListProps<T>, 'model' | 'retry'>;

/** A section of the sidebar that is one long list: it reads anew while it is seen, and after jobs that concern it. */
export class ListSection<T> extends LiveWidget {
  /**
   * @param name - Names the poll in messages.
   * @param concerns - Whether a job that is over may have changed the list.
   * @param head - What stands above the list, such as a button.
   */
  constructor(
    name: string,
    private readonly model: PagesModel<T>,
    private readonly options: IListOptions<T>,
    private readonly jobs: JobStore,
    private readonly concerns: (job: IJob) => boolean,
    private readonly head: () => React.ReactElement | null = () => null
  ) {
    super(name, SECONDS);
    this.addClass('tl-ListSection');
    jobs.finished.connect(this.follow, this);
  }

  async refresh(): Promise<void> {
    await this.model.refresh();
    if (this.model.error !== null) {
      throw this.model.error;
    }
  }

  override dispose(): void {
    this.jobs.finished.disconnect(this.follow, this);
    super.dispose();
  }

  protected render(): JSX.Element {
    return (
      <>
        {this.head()}
        <VirtualList {...this.options} model={this.model} retry={() => this.soon()} />
      </>
    );
  }

  private follow(_store: JobStore, job: IJob): void {
    if (this.concerns(job)) {
      this.soon();
    }
  }
}
