import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { FollowedWidget } from '../../components/followed';
import type { JobStore } from '../../jobs';
import type { IRenderers } from '../../tokens';
import type { PipelineModel } from './model';
import { PipelinePage } from './page';
import type { IPipelineActions } from './page';

// The scheduler runs elsewhere: what it starts is seen within so many seconds.
const SECONDS = 15;

/** One pipeline in the main area. */
export class PipelinePanel extends FollowedWidget {
  constructor(
    private readonly model: PipelineModel,
    private readonly jobs: JobStore,
    private readonly renderers: IRenderers,
    private readonly actions: IPipelineActions,
    private readonly trans: TranslationBundle
  ) {
    super('trustlab:pipeline', jobs, SECONDS);
    this.addClass('tl-Document');
  }

  async refresh(): Promise<void> {
    await this.model.load();
    if (this.model.error !== null) {
      throw this.model.error;
    }
  }

  protected render(): JSX.Element {
    return (
      <PipelinePage
        model={this.model}
        jobs={this.jobs}
        renderers={this.renderers}
        actions={this.actions}
        trans={this.trans}
      />
    );
  }
}
