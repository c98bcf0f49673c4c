import type { IJob } from '../../api';

/** The jobs that failed, each once, newest first, without those that were put away. */
export function failures(jobs: readonly IJob[], dismissed: ReadonlySet<string>): readonly IJob[] {
  const failed = jobs.filter(job => job.state === 'failed' && !dismissed.has(job.id));
  const known = new Map(failed.map(job => [job.id, job]));
  return [...known.values()].sort((a, b) => b.started.localeCompare(a.started));
}
