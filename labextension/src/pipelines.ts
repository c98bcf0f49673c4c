import type { TranslationBundle } from '@jupyterlab/translation';

import type { IPipeline, IPipelineRun, IStepRun } from './answers';
import type { IJob, Parameters } from './api';
import { isOver } from './jobs';
import { timeAgo } from './words';

const RUN = 'pipeline.run';

/** When a pipeline runs next, in words: by itself at a time, not at all, or why it cannot. */
export function nextWords(pipeline: IPipeline, trans: TranslationBundle): string {
  if (pipeline.problem) {
    return trans.__('cannot come due: %1', pipeline.problem);
  }
  if (pipeline.schedule === null || pipeline.next === null) {
    return trans.__('by hand only');
  }
  return trans.__('next %1, where a scheduler runs (trust scheduler start)', new Date(pipeline.next).toLocaleString());
}

/** One fact about a pipeline: how its last run ended, and what comes next. */
export function factWords(pipeline: IPipeline, now: number, trans: TranslationBundle): string {
  const steps =
    pipeline.steps.length === 1 ? trans.__('1 step') : trans.__('%1 steps', pipeline.steps.length);
  const last = pipeline.last_run
    ? trans.__('ran %1', timeAgo(pipeline.last_run.started, now))
    : trans.__('has not run yet');
  return [steps, last, nextWords(pipeline, trans)].join(' · ');
}

/** What went wrong in a step, with the cell of the promoted notebook; null where nothing did. */
export function troubleWords(step: IStepRun, trans: TranslationBundle): string | null {
  const { error } = step;
  if (error === null) {
    return step.status === 'pass' ? null : step.reason;
  }
  const line = error.line === null ? '' : trans.__(', line %1', error.line);
  return trans.__('Cell %1%2 of the notebook raised %3: %4', error.cell, line, error.kind, error.message);
}

/** The job that runs this pipeline now, where this page knows of one. */
export function runningJob(jobs: readonly IJob[], pipeline: string): IJob | null {
  return (
    jobs.find(job => job.operation === RUN && !isOver(job) && job.parameters['name'] === pipeline) ?? null
  );
}

/** What `pipeline.show` is asked for so that the executed notebook lies where it can be opened. */
export function notebookRequest(run: IPipelineRun, step: string): Parameters & { readonly notebook: string } {
  return { name: run.pipeline, run: run.id, step, notebook: `${step}-${run.id}.ipynb` };
}
