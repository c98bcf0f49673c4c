import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { FollowedWidget } from '../../components/followed';
import type { JobStore } from '../../jobs';
import { PolicyEditor } from './editor';
import type { IPolicyActions } from './editor';
import type { PolicyModel } from './model';

/** The editor of a policy: every check with its limits, who set them, and what they have judged. */
export class PolicyPanel extends FollowedWidget {
  constructor(
    readonly model: PolicyModel,
    jobs: JobStore,
    private readonly actions: IPolicyActions,
    private readonly trans: TranslationBundle
  ) {
    super('trustlab:policy', jobs);
    this.addClass('tl-Document');
  }

  /** Read the file anew: a waiver's form, another tab or an editor may have changed it. What is typed stays. */
  async refresh(): Promise<void> {
    await this.model.load();
    if (this.model.error !== null) {
      throw this.model.error;
    }
  }

  protected render(): JSX.Element {
    return <PolicyEditor model={this.model} actions={this.actions} trans={this.trans} />;
  }
}
