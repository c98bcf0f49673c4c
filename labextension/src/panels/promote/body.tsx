import type { TranslationBundle } from '@jupyterlab/translation';
import { ReactWidget } from '@jupyterlab/ui-components';
import { Debouncer } from '@lumino/polling';
import * as React from 'react';

import { payloadOf } from '../../answers';
import type { IDraftAnswer } from '../../answers';
import type { IDocument, Parameters } from '../../api';
import { promotionRequest, proposedName } from '../../promotion';
import type { IPromotion } from '../../promotion';
import { PromoteForm } from './form';

const DELAY = 400;

/** What the dialog asks for. */
export interface IPromoteServices {
  read(operation: string, parameters: Parameters): Promise<IDocument>;
  /** Tag a cell of the notebook and save it. */
  tag(cell: string | null, number: number): Promise<void>;
}

/** The body of the dialog: what is typed is looked at by the server while it is typed. */
export class PromoteBody extends ReactWidget {
  constructor(
    private readonly path: string,
    private readonly services: IPromoteServices,
    private readonly trans: TranslationBundle
  ) {
    super();
    this._typed = {
      name: proposedName(path),
      cron: '',
      timezone: Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC',
      values: {}
    };
    void this.look();
  }

  /** What `promote` is asked for; the dialog hands it on. */
  getValue(): Parameters {
    return promotionRequest(this.path, this._typed, this._draft);
  }

  override dispose(): void {
    this._later.dispose();
    super.dispose();
  }

  protected render(): JSX.Element {
    return (
      <PromoteForm
        path={this.path}
        typed={this._typed}
        draft={this._draft}
        error={this._error}
        trans={this.trans}
        type={typed => {
          this._typed = typed;
          this.update();
          void this._later.invoke();
        }}
        tag={() => void this.tag()}
      />
    );
  }

  private async look(): Promise<void> {
    const ticket = ++this._ticket;
    try {
      const document = await this.services.read('pipeline.draft', this.getValue());
      if (ticket === this._ticket) {
        this._draft = payloadOf<IDraftAnswer>(document);
        this._error = null;
      }
    } catch (error) {
      if (ticket === this._ticket) {
        this._error = error;
      }
    }
    this.update();
  }

  private async tag(): Promise<void> {
    const cell = this._draft?.candidate ?? null;
    if (cell !== null) {
      await this.services.tag(cell.id, cell.number);
      await this.look();
    }
  }

  private _typed: IPromotion;
  private _draft: IDraftAnswer | null = null;
  private _error: unknown = null;
  private _ticket = 0;
  private readonly _later = new Debouncer(() => this.look(), DELAY);
}
