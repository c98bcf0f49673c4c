import type { TranslationBundle } from '@jupyterlab/translation';
import { UseSignal } from '@jupyterlab/ui-components';
import * as React from 'react';

import { ApiError } from '../api';
import type { IRun } from '../api';
import { LiveWidget } from '../components/live';
import { StatusBadge } from '../components/status';
import { Teach } from '../components/teach';
import { Trouble } from '../components/trouble';
import type { PagedModel } from '../model';
import { timeAgo } from '../words';

// A cell that has run is followed at once; this is for what runs elsewhere, such as the scheduler.
const SECONDS = 30;

/** What a row or a button of the section can ask for. */
export interface IVerdictActions {
  open(run: IRun): void;
  quickstart(): void;
}

/** The latest runs of the workspace, newest first. */
export class VerdictsPanel extends LiveWidget {
  constructor(
    private readonly model: PagedModel<IRun>,
    private readonly actions: IVerdictActions,
    private readonly trans: TranslationBundle
  ) {
    super('trustlab:verdicts', SECONDS);
  }

  async refresh(): Promise<void> {
    await this.model.refresh();
    if (this.model.error !== null) {
      throw this.model.error;
    }
  }

  protected render(): JSX.Element {
    return (
      <UseSignal signal={this.model.changed}>
        {() => (
          <Verdicts model={this.model} actions={this.actions} trans={this.trans} retry={() => this.soon()} />
        )}
      </UseSignal>
    );
  }
}

function Verdicts(props: {
  model: PagedModel<IRun>;
  actions: IVerdictActions;
  trans: TranslationBundle;
  retry: () => void;
}): JSX.Element {
  const { model, actions, trans, retry } = props;
  if (model.error instanceof ApiError && model.error.code === 'not_found') {
    return (
      <Teach
        sentence={trans.__('This folder has no workspace yet; the first %trust verb that keeps something makes one.')}
        button={trans.__('Open the quickstart')}
        onClick={actions.quickstart}
      />
    );
  }
  if (model.error === null && model.loaded && model.items.length === 0) {
    return (
      <Teach
        sentence={trans.__('Nothing has run here yet; an audit answers whether a model can be trusted.')}
        button={trans.__('Open the quickstart')}
        onClick={actions.quickstart}
      />
    );
  }
  if (!model.loaded && model.error === null) {
    return <p className="tl-Waiting">{trans.__('Reading the runs …')}</p>;
  }
  return (
    <>
      {model.error === null ? null : <Trouble error={model.error} trans={trans} onRetry={retry} />}
      <ul className="tl-List">
        {model.items.map(run => (
          <li key={run.id}>
            <VerdictRow run={run} trans={trans} onOpen={() => actions.open(run)} />
          </li>
        ))}
      </ul>
      {model.hasMore ? (
        <button type="button" className="jp-mod-styled tl-More" onClick={() => void model.more()}>
          {trans.__('Show more (%1 of %2)', model.items.length, model.total)}
        </button>
      ) : null}
    </>
  );
}

function VerdictRow(props: { run: IRun; trans: TranslationBundle; onOpen: () => void }): JSX.Element {
  const { run, trans, onOpen } = props;
  const when = new Date(run.started);
  return (
    <button type="button" className="tl-Row" onClick={onOpen}>
      <span className="tl-Row-head">
        <span className="tl-Row-title">{run.title}</span>
        <StatusBadge status={run.status} trans={trans} />
        <time dateTime={run.started} title={when.toLocaleString()}>
          {timeAgo(run.started, Date.now())}
        </time>
      </span>
      {run.summary ? <span className="tl-Row-fact">{run.summary}</span> : null}
    </button>
  );
}
