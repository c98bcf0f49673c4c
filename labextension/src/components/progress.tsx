import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { IJob } from '../api';
import { isOver } from '../jobs';

/** The job's state in words. */
export function stateWord(job: IJob, trans: TranslationBundle): string {
  switch (job.state) {
    case 'queued':
      return trans.__('waits for a free place');
    case 'running':
      return trans.__('runs');
    case 'done':
      return trans.__('done');
    case 'failed':
      return trans.__('failed');
    case 'cancelled':
      return trans.__('stopped');
  }
}

/** How far a job is, what it says, and the button that stops it. */
export function JobProgress(props: { job: IJob; trans: TranslationBundle; onStop: () => void }): JSX.Element {
  const { job, trans, onStop } = props;
  const { progress } = job;
  const total = progress?.total ?? null;
  const share = progress && total ? Math.min(1, progress.done / total) : null;
  const words = [
    progress?.label ?? stateWord(job, trans),
    progress && total ? trans.__('%1 of %2', progress.done, total) : null,
    trans.__('%1 s', Math.round(job.seconds))
  ].filter(Boolean);
  return (
    <div className="tl-Job" data-state={job.state}>
      <div className="tl-Job-line">
        <span className="tl-Row-title">{job.title}</span>
        <span role="status">{words.join(' · ')}</span>
        {isOver(job) ? null : (
          <button
            type="button"
            className="jp-mod-styled"
            aria-label={trans.__('Stop %1', job.title)}
            onClick={onStop}
          >
            {trans.__('Stop')}
          </button>
        )}
      </div>
      {isOver(job) ? null : (
        <progress aria-label={job.title} {...(share === null ? {} : { value: share, max: 1 })} />
      )}
      {job.notice ? <p className="tl-Teach-hint">{job.notice}</p> : null}
    </div>
  );
}
