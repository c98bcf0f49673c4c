import type { IJob } from '../../api';

// What is over sooner and was not asked for by a form here is the answer to a look, which its own panel shows.
const SECONDS = 2;

/** Whether a job is work that somebody waits for, rather than a panel's look at something. */
export function isWork(job: IJob, own: ReadonlySet<string>): boolean {
  return own.has(job.id) || job.seconds >= SECONDS || job.run !== null;
}

/** The jobs that failed, each once, newest first, without those that were put away. */
export function failures(jobs: readonly IJob[], dismissed: ReadonlySet<string>): readonly IJob[] {
  const failed = jobs.filter(job => job.state === 'failed' && !dismissed.has(job.id));
  const known = new Map(failed.map(job => [job.id, job]));
  return [...known.values()].sort((a, b) => b.started.localeCompare(a.started));
}
