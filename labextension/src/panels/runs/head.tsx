import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { IInterrupted, IJob } from '../../api';
import { JobProgress } from '../../components/progress';
import { EndedBadge } from '../../components/status';
import { curveView, curveWords } from '../../curve';
import { ViewFigure } from '../../renderers';
import type { Told } from '../../told';
import type { IRenderers } from '../../tokens';
import { timeAgo } from '../../words';

/** What the buttons of jobs ask for. */
export interface IJobActions {
  stop(job: IJob): void;
  open(job: IJob): void;
  /** Open the form of what was cut short, filled in. */
  again(one: IInterrupted): void;
  /** Put a failure or what was cut short away, by its key. */
  dismiss(key: string): void;
}

/** What stands above the finished runs: what runs now, and what failed. */
export function RunsHead(props: {
  running: readonly IJob[];
  failed: readonly IJob[];
  interrupted: readonly IInterrupted[];
  told: Told;
  renderers: IRenderers;
  actions: IJobActions;
  trans: TranslationBundle;
}): JSX.Element | null {
  const { running, failed, interrupted, told, renderers, actions, trans } = props;
  if (running.length + failed.length + interrupted.length === 0) {
    return null;
  }
  return (
    <div className="tl-Now">
      {running.map(job => (
        <Running key={job.id} job={job} said={told.of(job.id)} renderers={renderers} actions={actions} trans={trans} />
      ))}
      {failed.map(job => (
        <Ended
          key={job.id}
          title={job.title}
          word={trans.__('failed')}
          started={job.started}
          said={
            job.error?.message ??
            trans.__('The server knows nothing of it any more, as after a new start; nothing was half-written. Start it again.')
          }
          hint={job.error?.hint ?? null}
          open={() => actions.open(job)}
          dismiss={() => actions.dismiss(job.id)}
          trans={trans}
        />
      ))}
      {interrupted.map(one => (
        <Ended
          key={keyOf(one)}
          title={one.title}
          word={trans.__('cut short')}
          started={one.started}
          said={trans.__('Before it could answer, %1; nothing was half-written.', one.how)}
          hint={null}
          open={() => actions.again(one)}
          dismiss={() => actions.dismiss(keyOf(one))}
          trans={trans}
        />
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

/** What tells one that was cut short from others. */
export function keyOf(one: IInterrupted): string {
  return `${one.operation} ${one.started}`;
}

function Ended(props: {
  title: string;
  word: string;
  started: string;
  said: string;
  hint: string | null;
  open: () => void;
  dismiss: () => void;
  trans: TranslationBundle;
}): JSX.Element {
  const { title, word, started, said, hint, open, dismiss, trans } = props;
  return (
    <section className="tl-Now-one" data-state="failed" aria-label={`${title}, ${word}`}>
      <p className="tl-Row-head">
        <span className="tl-Row-title">{title}</span>
        <EndedBadge word={word} />
        <time dateTime={started}>{timeAgo(started, Date.now())}</time>
      </p>
      <p>{said}</p>
      {hint ? <p className="tl-Teach-hint">{hint}</p> : null}
      <button type="button" className="tl-Link" onClick={open}>
        {trans.__('Open its form')}
      </button>
      <button type="button" className="tl-Link" aria-label={trans.__('Put away: %1', title)} onClick={dismiss}>
        {trans.__('Put away')}
      </button>
    </section>
  );
}
