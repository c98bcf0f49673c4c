import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { IAsking } from '../../asking';
import { FollowedWidget } from '../../components/followed';
import type { JobStore } from '../../jobs';
import type { ModelsModel } from './model';
import { ModelsSection } from './section';

/** The registry: every version with its champion, numbers and last audit; and the audits of one version. */
export class ModelsPanel extends FollowedWidget {
  constructor(
    private readonly model: ModelsModel,
    private readonly services: IAsking,
    jobs: JobStore,
    private readonly trans: TranslationBundle
  ) {
    super('trustlab:models', jobs);
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
    return <ModelsSection model={this.model} services={this.services} trans={this.trans} retry={() => this.soon()} />;
  }
}
