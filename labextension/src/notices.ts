import type { TranslationBundle } from '@jupyterlab/translation';

import type { IJob } from './api';
import { stateWord } from './components/progress';
import { statusWords } from './words';

// What is over sooner has been waited for: who started it has seen it end.
const LONG_SECONDS = 10;

/** What is told when a job is over that could be left alone. */
export interface INotice {
  readonly message: string;
  readonly type: 'success' | 'warning' | 'error';
}

/** The notice of a job that is over; null where it was short, or was stopped by whoever would read it. */
export function noticeOf(job: IJob, trans: TranslationBundle): INotice | null {
  if (job.seconds <= LONG_SECONDS || job.state === 'cancelled') {
    return null;
  }
  const seconds = Math.round(job.seconds);
  if (job.state === 'failed') {
    const reason = job.error?.message ?? trans.__('it ended without an answer');
    return { message: trans.__('%1 did not finish: %2', job.title, reason), type: 'error' };
  }
  if (job.status === null) {
    return { message: trans.__('%1: %2, after %3 s', job.title, stateWord(job, trans), seconds), type: 'success' };
  }
  const { icon, word } = statusWords(job.status, trans);
  return {
    message: trans.__('%1: %2 %3, after %4 s', job.title, icon, word, seconds),
    type: job.status === 'pass' ? 'success' : job.status === 'fail' || job.status === 'error' ? 'error' : 'warning'
  };
}
