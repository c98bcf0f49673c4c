import type { TranslationBundle } from '@jupyterlab/translation';
import { ReactWidget } from '@jupyterlab/ui-components';
import * as React from 'react';

import type { IPageAnswer } from '../../answers';
import { Trouble } from '../../components/trouble';
import { PageFrame } from './frame';

/** A run's page in the main area, as it is sent and printed. */
export class PagePanel extends ReactWidget {
  constructor(
    private readonly read: () => Promise<IPageAnswer>,
    private readonly save: (name: string, html: string) => void,
    private readonly trans: TranslationBundle
  ) {
    super();
    this.addClass('tl-Page');
    void this.load();
  }

  protected render(): JSX.Element {
    if (this._page !== null) {
      return <PageFrame page={this._page} save={this.save} trans={this.trans} />;
    }
    return this._error === null ? (
      <p className="tl-Waiting">{this.trans.__('Making the page …')}</p>
    ) : (
      <Trouble error={this._error} trans={this.trans} onRetry={() => void this.load()} />
    );
  }

  private async load(): Promise<void> {
    this._error = null;
    try {
      this._page = await this.read();
    } catch (error) {
      this._error = error;
    }
    this.update();
  }

  private _page: IPageAnswer | null = null;
  private _error: unknown = null;
}
