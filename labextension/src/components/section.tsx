import * as React from 'react';

import type { JobStore } from '../jobs';
import type { PagesModel } from '../pages';
import { FollowedWidget } from './followed';
import { VirtualList } from './virtual';
import type { IVirtualListProps } from './virtual';

/** What a section's list is made of; the section itself adds the model and the way to try again. */
export type IListOptions<T> = Omit<IVirtualListProps<T>, 'model' | 'retry'>;

/** A section of the sidebar that is one long list. */
export class ListSection<T> extends FollowedWidget {
  /**
   * @param name - Names the poll in messages.
   * @param head - What stands above the list, such as a button.
   */
  constructor(
    name: string,
    private readonly model: PagesModel<T>,
    private readonly options: IListOptions<T>,
    jobs: JobStore,
    private readonly head: () => React.ReactElement | null = () => null
  ) {
    super(name, jobs);
    this.addClass('tl-ListSection');
  }

  async refresh(): Promise<void> {
    await this.model.refresh();
    if (this.model.error !== null) {
      throw this.model.error;
    }
  }

  protected render(): JSX.Element {
    return (
      <>
        {this.head()}
        <VirtualList {...this.options} model={this.model} retry={() => this.soon()} />
      </>
    );
  }
}
