import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { IPipelineRun, IStepRun } from '../../answers';
import { JobProgress } from '../../components/progress';
import { Said } from '../../components/said';
import { useSignal } from '../../components/signal';
import { StatusBadge } from '../../components/status';
import { Trouble } from '../../components/trouble';
import type { JobStore } from '../../jobs';
import { nextWords, runningJob, troubleWords } from '../../pipelines';
import { ViewFigure } from '../../renderers';
import type { IRenderers } from '../../tokens';
import { timeAgo } from '../../words';
import type { PipelineModel } from './model';

/** What the tab's buttons ask for. */
export interface IPipelineActions {
  run(pipeline: string): Promise<void>;
  schedule(pipeline: string): void;
  /** Open a file of the server. */
  open(path: string): void;
}

interface IPageProps {
  readonly model: PipelineModel;
  readonly jobs: JobStore;
  readonly renderers: IRenderers;
  readonly actions: IPipelineActions;
  readonly trans: TranslationBundle;
}

/** A pipeline: when it runs, its steps, and its runs with what each step did. */
export function PipelinePage(props: IPageProps): JSX.Element {
  const { model, jobs, renderers, actions, trans } = props;
  useSignal(model.changed);
  useSignal(jobs.changed);
  const { answer } = model;
  const trouble =
    model.error === null ? null : <Trouble error={model.error} trans={trans} onRetry={() => void model.load()} />;
  if (answer === null) {
    return trouble ?? <p className="tl-Waiting">{trans.__('Reading the pipeline …')}</p>;
  }
  const { pipeline, total } = answer;
  const job = runningJob(jobs.jobs, pipeline.name);
  const schedule = pipeline.schedule ? ` · ${pipeline.schedule.cron} (${pipeline.schedule.timezone})` : '';
  return (
    <article className="tl-Pipeline">
      <header>
        <h1>{pipeline.name}</h1>
        <span>{trans.__('revision %1', pipeline.revision)}</span>
      </header>
      {trouble}
      <p className="tl-Document-summary">
        {nextWords(pipeline, trans)}
        {schedule}
      </p>
      <div className="tl-Policy-bar">
        <button
          type="button"
          className="jp-mod-styled jp-mod-accept"
          disabled={job !== null}
          onClick={() => void model.ask(() => actions.run(pipeline.name))}
        >
          {trans.__('Run now')}
        </button>
        <button type="button" className="jp-mod-styled" onClick={() => actions.schedule(pipeline.name)}>
          {trans.__('Schedule …')}
        </button>
      </div>
      <Said error={model.refused} />
      {job === null ? null : <JobProgress job={job} trans={trans} onStop={() => void jobs.stop(job.id)} />}
      {model.views.map(view => (
        <ViewFigure key={view.name} view={view} renderers={renderers} />
      ))}
      <h2>{trans.__('Runs')}</h2>
      {model.runs.length === 0 ? <p className="tl-Waiting">{trans.__('It has not run yet.')}</p> : null}
      {model.runs.map(run => (
        <Run key={run.id} run={run} {...props} />
      ))}
      {model.runs.length < total ? (
        <button type="button" className="jp-mod-styled tl-More" onClick={() => void model.more()}>
          {trans.__('Show more (%1 of %2)', model.runs.length, total)}
        </button>
      ) : null}
    </article>
  );
}

function Run(props: IPageProps & { run: IPipelineRun }): JSX.Element {
  const { run, trans } = props;
  return (
    <details className="tl-Finding">
      <summary>
        {run.status ? <StatusBadge status={run.status} trans={trans} /> : <span>{trans.__('running')}</span>}
        <span className="tl-Finding-title">
          <time dateTime={run.started} title={new Date(run.started).toLocaleString()}>
            {timeAgo(run.started, Date.now())}
          </time>
          {` · ${run.trigger}`}
          {run.seconds === null ? null : ` · ${trans.__('%1 s', run.seconds.toFixed(1))}`}
        </span>
        <span className="tl-Finding-reason">{run.reason}</span>
      </summary>
      <ol className="tl-Steps">
        {run.steps.map(step => (
          <Step key={step.name} step={step} {...props} />
        ))}
      </ol>
    </details>
  );
}

function Step(props: IPageProps & { run: IPipelineRun; step: IStepRun }): JSX.Element {
  const { model, actions, trans, run, step } = props;
  const trouble = troubleWords(step, trans);
  const log = model.log(run.id, step.name);
  const open = async (): Promise<void> => {
    const path = await model.notebook(run, step.name);
    if (path !== null) {
      actions.open(path);
    }
  };
  return (
    <li>
      <span className="tl-Row-head">
        <strong>{step.name}</strong>
        {step.status ? <StatusBadge status={step.status} trans={trans} /> : null}
      </span>
      {trouble === null ? null : <p>{trouble}</p>}
      {step.error?.source ? <code>{step.error.source}</code> : null}
      {step.notebook ? (
        <p>
          <button type="button" className="tl-Link" onClick={() => void open()}>
            {trans.__('Open the executed notebook')}
          </button>
          <button
            type="button"
            className="tl-Link"
            aria-label={trans.__('Log of %1', step.name)}
            onClick={() => void model.readLog(run.id, step.name)}
          >
            {trans.__('Log')}
          </button>
        </p>
      ) : null}
      {log === undefined ? null : (
        <pre className="tl-View-text" tabIndex={0} aria-label={trans.__('Log of %1', step.name)}>
          {log || trans.__('It wrote nothing.')}
        </pre>
      )}
    </li>
  );
}
