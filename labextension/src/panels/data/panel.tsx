import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { FollowedWidget } from '../../components/followed';
import type { JobStore } from '../../jobs';
import type { IDataServices } from './actions';
import type { DataModel } from './model';
import { DataSection } from './section';

/** The store: repos and mounts, their branches, the versions of each, and the files of a version. */
export class DataPanel extends FollowedWidget {
  constructor(
    private readonly model: DataModel,
    private readonly services: IDataServices,
    jobs: JobStore,
    private readonly trans: TranslationBundle
  ) {
    super('trustlab:data', jobs);
    this.addClass('tl-Data');
  }

  async refresh(): Promise<void> {
    const { pages } = this.model;
    await pages.refresh();
    if (pages.error !== null) {
      throw pages.error;
    }
  }

  protected render(): JSX.Element {
    return (
      <DataSection model={this.model} services={this.services} trans={this.trans} retry={() => this.soon()} />
    );
  }
}
