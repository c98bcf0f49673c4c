import type { IJob } from '../../api';

// What is over sooner and was not asked for by a form here is the answer to a look, which its own panel shows.
const SECONDS = 2;
// On a busy machine a look may take longer, and finds no workspace, or nothing of that name.
const OF_LOOKS: readonly string[] = ['not_found', 'bad_usage'];

/** Whether a job is work that somebody waits for, rather than a panel's look at something. */
export function isWork(job: IJob, own: ReadonlySet<string>): boolean {
  const took = job.seconds >= SECONDS && !OF_LOOKS.includes(job.error?.code ?? '');
  return own.has(job.id) || job.run !== null || took;
}

/** The jobs that failed, each once, newest first, without those that were put away. */
export function failures(jobs: readonly IJob[], dismissed: ReadonlySet<string>): readonly IJob[] {
  const failed = jobs.filter(job => job.state === 'failed' && !dismissed.has(job.id));
  const known = new Map(failed.map(job => [job.id, job]));
  return [...known.values()].sort((a, b) => b.started.localeCompare(a.started));
}
