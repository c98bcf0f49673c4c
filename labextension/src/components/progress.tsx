import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { IJob } from '../api';
import { isOver } from '../jobs';
import { StatusBadge } from './status';

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

/** How far a job is, what it says, and the buttons that stop it and open it. */
export function JobProgress(props: {
  job: IJob;
  trans: TranslationBundle;
  onStop: () => void;
  onOpen?: () => void;
}): JSX.Element {
  const { job, trans, onStop, onOpen } = props;
  const over = isOver(job);
  const seconds = useSeconds(job);
  const share = shareOf(job);
  // Only what is being done is read aloud: the numbers change too often.
  return (
    <div className="tl-Job" data-state={job.state} role="group" aria-label={job.title} tabIndex={-1}>
      <div className="tl-Job-line">
        <span className="tl-Row-title">{job.title}</span>
        {over && job.status !== null ? (
          <StatusBadge status={job.status} trans={trans} />
        ) : (
          <span role="status">{over ? stateWord(job, trans) : (job.progress?.label ?? stateWord(job, trans))}</span>
        )}
        <span className="tl-Job-numbers">
          {over || share === null ? null : `${trans.__('%1 of %2', job.progress?.done, job.progress?.total)} · `}
          {trans.__('%1 s', Math.round(seconds))}
        </span>
        {over ? null : (
          <button
            type="button"
            className="jp-mod-styled"
            aria-label={trans.__('Stop %1', job.title)}
            onClick={event => {
              // The button goes with the job; the keyboard's place stays here.
              event.currentTarget.closest<HTMLElement>('.tl-Job')?.focus();
              onStop();
            }}
          >
            {trans.__('Stop')}
          </button>
        )}
        {onOpen ? (
          <button
            type="button"
            className="jp-mod-styled"
            aria-label={trans.__('Open %1', job.title)}
            onClick={onOpen}
          >
            {trans.__('Open')}
          </button>
        ) : null}
      </div>
      {over ? null : <progress aria-label={job.title} {...(share === null ? {} : { value: share, max: 1 })} />}
      {onOpen && job.error && job.state === 'failed' ? <p className="tl-Field-said">{job.error.message}</p> : null}
      {job.notice ? <p className="tl-Teach-hint">{job.notice}</p> : null}
    </div>
  );
}

/** How long a job has taken: counted on while nothing is heard of it. */
function useSeconds(job: IJob): number {
  const [now, setNow] = React.useState(() => Date.now());
  const heard = React.useMemo(() => ({ at: Date.now(), seconds: job.seconds }), [job]);
  const runs = job.state === 'running';
  React.useEffect(() => {
    if (!runs) {
      return undefined;
    }
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, [runs]);
  return runs ? heard.seconds + Math.max(0, now - heard.at) / 1000 : job.seconds;
}

/** The part of a job that is done, from 0 to 1; null where nobody knows how much there is. */
export function shareOf(job: IJob): number | null {
  const { progress } = job;
  return progress && progress.total ? Math.min(1, progress.done / progress.total) : null;
}

/** What runs, in the few words that a status bar has room for. */
export function runningWords(running: readonly IJob[], trans: TranslationBundle): string {
  const [job] = running;
  if (job === undefined) {
    return trans.__('nothing runs');
  }
  if (running.length > 1) {
    return trans.__('%1 jobs', running.length);
  }
  const share = shareOf(job);
  return share === null ? job.title : trans.__('%1 %2%', job.title, Math.floor(share * 100));
}
