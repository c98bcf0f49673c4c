import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { IJob } from '../../api';
import { JobProgress } from '../../components/progress';
import { curveView, curveWords } from '../../curve';
import { ViewFigure } from '../../renderers';
import type { Told } from '../../told';
import type { IRenderers } from '../../tokens';
import { timeAgo } from '../../words';

/** What the buttons of jobs ask for. */
export interface IJobActions {
  stop(job: IJob): void;
  open(job: IJob): void;
  dismiss(job: IJob): void;
}

/** What stands above the finished runs: what runs now, and what failed. */
export function RunsHead(props: {
  running: readonly IJob[];
  failed: readonly IJob[];
  told: Told;
  renderers: IRenderers;
  actions: IJobActions;
  trans: TranslationBundle;
}): JSX.Element | null {
  const { running, failed, told, renderers, actions, trans } = props;
  if (running.length + failed.length === 0) {
    return null;
  }
  return (
    <div className="tl-Now">
      {running.map(job => (
        <Running key={job.id} job={job} said={told.of(job.id)} renderers={renderers} actions={actions} trans={trans} />
      ))}
      {failed.map(job => (
        <Failed key={job.id} job={job} actions={actions} trans={trans} />
      ))}
    </div>
  );
}

function Running(props: {
  job: IJob;
  said: readonly string[];
  renderers: IRenderers;
  actions: IJobActions;
  trans: TranslationBundle;
}): JSX.Element {
  const { job, said, renderers, actions, trans } = props;
  const curve = curveView(job, trans);
  const words = curveWords(job);
  return (
    <section className="tl-Now-one" aria-label={trans.__('%1, running', job.title)}>
      <JobProgress job={job} trans={trans} onStop={() => actions.stop(job)} onOpen={() => actions.open(job)} />
      {words === null ? null : <p className="tl-Row-fact">{words}</p>}
      {curve === null ? null : <ViewFigure view={curve} renderers={renderers} />}
      {said.length > 1 ? (
        <details>
          <summary>{trans.__('What it said (%1)', said.length)}</summary>
          <pre className="tl-View-text">{said.join('\n')}</pre>
        </details>
      ) : null}
    </section>
  );
}

function Failed(props: { job: IJob; actions: IJobActions; trans: TranslationBundle }): JSX.Element {
  const { job, actions, trans } = props;
  return (
    <section className="tl-Now-one" data-state="failed" aria-label={trans.__('%1, failed', job.title)}>
      <p className="tl-Row-head">
        <span className="tl-Row-title">{job.title}</span>
        <span className="tl-Status" data-status="error">
          <span className="tl-Status-icon" aria-hidden="true">
            ⚠
          </span>
          {trans.__('failed')}
        </span>
        <time dateTime={job.started}>{timeAgo(job.started, Date.now())}</time>
      </p>
      <p>
        {job.error?.message ??
          trans.__('The server knows nothing of it any more, as after a new start; nothing was half-written. Start it again.')}
      </p>
      {job.error?.hint ? <p className="tl-Teach-hint">{job.error.hint}</p> : null}
      <button type="button" className="tl-Link" onClick={() => actions.open(job)}>
        {trans.__('Open its form')}
      </button>
      <button
        type="button"
        className="tl-Link"
        aria-label={trans.__('Put away: %1', job.title)}
        onClick={() => actions.dismiss(job)}
      >
        {trans.__('Put away')}
      </button>
    </section>
  );
}
