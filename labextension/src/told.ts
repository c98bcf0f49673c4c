import type { IJob } from './api';

const MOST = 50;

/** What jobs said while this page listened: each sentence once, the latest last. */
export class Told {
  /** Keep a job's sentence, where it is a new one. */
  hear(job: IJob): void {
    const said = this._said.get(job.id) ?? [];
    if (job.notice && said.at(-1) !== job.notice) {
      this._said.set(job.id, [...said, job.notice].slice(-MOST));
    }
  }

  of(id: string): readonly string[] {
    return this._said.get(id) ?? [];
  }

  /** Forget all but these jobs. */
  keep(ids: readonly string[]): void {
    for (const id of this._said.keys()) {
      if (!ids.includes(id)) {
        this._said.delete(id);
      }
    }
  }

  private readonly _said = new Map<string, readonly string[]>();
}
