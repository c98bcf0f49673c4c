import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { IAsking } from '../../asking';
import { FollowedWidget } from '../../components/followed';
import type { JobStore } from '../../jobs';
import type { DriftModel } from './model';
import { DriftSection } from './section';

/** Two versions to compare, and the comparisons that were made. */
export class DriftPanel extends FollowedWidget {
  constructor(
    private readonly model: DriftModel,
    private readonly services: IAsking,
    jobs: JobStore,
    private readonly trans: TranslationBundle
  ) {
    super('trustlab:drift', jobs);
    this.addClass('tl-Data');
  }

  async refresh(): Promise<void> {
    const { model } = this;
    await Promise.all([model.pages.refresh(), model.refresh()]);
    const trouble = model.pages.error ?? model.trouble;
    if (trouble !== null) {
      throw trouble;
    }
  }

  protected render(): JSX.Element {
    return <DriftSection model={this.model} services={this.services} trans={this.trans} retry={() => this.soon()} />;
  }
}
