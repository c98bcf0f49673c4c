import type { TranslationBundle } from '@jupyterlab/translation';
import { ReactWidget } from '@jupyterlab/ui-components';
import * as React from 'react';

import { PolicyEditor } from './editor';
import type { IPolicyActions } from './editor';
import type { PolicyModel } from './model';

/** The editor of a policy: every check with its limits, who set them, and what they have judged. */
export class PolicyPanel extends ReactWidget {
  constructor(
    readonly model: PolicyModel,
    private readonly actions: IPolicyActions,
    private readonly trans: TranslationBundle
  ) {
    super();
    this.addClass('tl-Document');
    void model.load();
  }

  protected render(): JSX.Element {
    return <PolicyEditor model={this.model} actions={this.actions} trans={this.trans} />;
  }
}
