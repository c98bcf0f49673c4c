import { DisposableDelegate } from '@lumino/disposable';
import type { IDisposable } from '@lumino/disposable';
import { Signal } from '@lumino/signaling';
import type { ISignal } from '@lumino/signaling';

import type { Api, IDocument, IJob, JobState, Parameters } from './api';

const OVER: readonly JobState[] = ['done', 'failed', 'cancelled'];
const FIRST_DELAY = 1000;
const MOST_DELAY = 30_000;
// What ended before so many others is of no use to this page any more.
const MOST_KEPT = 200;

/** Whether nothing more will happen to a job. */
export function isOver(job: IJob): boolean {
  return OVER.includes(job.state);
}

/** Whether the server knows nothing of a job: it was started anew, or so many others have ended since. */
function isForgotten(error: unknown): boolean {
  return (error as { code?: string }).code === 'not_found';
}

/** What the store asks of the server. */
export type IJobServer = Pick<Api, 'ask' | 'cancel' | 'events' | 'job' | 'jobDocument'>;

/**
 * The server's jobs as this page knows them.
 *
 * It listens to the server only while somebody watches or a job that was started here runs: a page that nobody looks at
 * sends nothing.
 */
export class JobStore {
  constructor(
    private readonly server: IJobServer,
    private readonly delay = FIRST_DELAY
  ) {}

  /** The jobs that are known, newest first. */
  get jobs(): readonly IJob[] {
    return [...this._jobs.values()].sort((a, b) => b.started.localeCompare(a.started));
  }

  get running(): readonly IJob[] {
    return this.jobs.filter(job => !isOver(job));
  }

  /** Emitted with a job that is new or changed. */
  get changed(): ISignal<this, IJob> {
    return this._changed;
  }

  /** Emitted when a job is over. */
  get finished(): ISignal<this, IJob> {
    return this._finished;
  }

  /** Emitted with what the server said against stopping a job. */
  get refused(): ISignal<this, unknown> {
    return this._refused;
  }

  get(id: string): IJob | undefined {
    return this._jobs.get(id);
  }

  /** Whether a job was started or is followed by this page; when it is over, until that was told. */
  isOwn(id: string): boolean {
    return this._own.has(id);
  }

  /** Start an operation; rejects with the server's words where the parameters will not do. */
  async start(operation: string, parameters: Parameters): Promise<IJob> {
    const answer = await this.server.ask(operation, parameters);
    if (!('job' in answer)) {
      throw new Error(operation);
    }
    const known = this._jobs.get(answer.job.id);
    if (known && isOver(known)) {
      return known; // Its end was heard of before the answer came.
    }
    this._own.add(answer.job.id);
    this.learn(answer.job);
    this.listen();
    return answer.job;
  }

  /** Learn of a job that was not started here, and follow it. */
  async follow(id: string): Promise<IJob> {
    const known = this._jobs.get(id);
    let job: IJob;
    try {
      job = await this.server.job(id);
    } catch (error) {
      if (known === undefined || !isForgotten(error)) {
        throw error;
      }
      job = isOver(known) ? known : { ...known, state: 'failed' };
    }
    if (isOver(job) && (known === undefined || isOver(known))) {
      // It ended before: nothing has just ended.
      this.keep(job);
      this._changed.emit(job);
      return job;
    }
    this._own.add(id);
    this.learn(job);
    this.listen();
    return this._jobs.get(id) ?? job;
  }

  /** Ask that a job stop; what the server says against it is emitted. */
  async stop(id: string): Promise<void> {
    try {
      this.learn(await this.server.cancel(id));
    } catch (error) {
      this._refused.emit(error);
    }
  }

  document(id: string): Promise<IDocument> {
    return this.server.jobDocument(id);
  }

  /** Hear of every job until the answer is disposed. */
  watch(): IDisposable {
    this._watchers += 1;
    this.listen();
    return new DisposableDelegate(() => {
      this._watchers -= 1;
      this.rest();
    });
  }

  private get wanted(): boolean {
    return this._watchers > 0 || this._own.size > 0;
  }

  private learn(job: IJob): void {
    const known = this._jobs.get(job.id);
    if (known && isOver(known)) {
      return; // An answer that was overtaken.
    }
    if (job.waited) {
      // Who asked has the answer; to the others it is news that something may have changed.
      if (isOver(job)) {
        this._finished.emit(job);
      }
      return;
    }
    this.keep(job);
    this._changed.emit(job);
    if (isOver(job)) {
      this._finished.emit(job);
      this._own.delete(job.id);
      this.rest();
    }
  }

  /** Keep what is known of a job; of those that are over, the last that ended. */
  private keep(job: IJob): void {
    this._jobs.delete(job.id);
    this._jobs.set(job.id, job);
    const over = [...this._jobs.values()].filter(isOver);
    over.slice(0, Math.max(0, over.length - MOST_KEPT)).forEach(old => this._jobs.delete(old.id));
  }

  private listen(): void {
    if (this._stream === null && this.wanted) {
      this._stream = new AbortController();
      void this.hear(this._stream);
    }
  }

  /** Hang up where nobody needs to know any more. */
  private rest(): void {
    if (!this.wanted && this._stream !== null) {
      this._stream.abort();
      this._stream = null;
    }
  }

  private async hear(stream: AbortController): Promise<void> {
    let delay = this.delay;
    while (!stream.signal.aborted) {
      try {
        // Only what is not over is told of at first: what ended while nobody listened is asked for.
        for await (const job of this.server.events(stream.signal, () => void this.catchUp())) {
          this.learn(job);
          delay = this.delay;
        }
      } catch {
        // Gone for now: the panels say so where somebody asks for something; this tries again.
      }
      if (stream.signal.aborted) {
        return;
      }
      await new Promise(done => setTimeout(done, delay));
      delay = Math.min(2 * delay, MOST_DELAY);
    }
  }

  /** Ask for the jobs that were running: they may have ended while nothing could be heard. */
  private async catchUp(): Promise<void> {
    for (const job of this.running) {
      try {
        this.learn(await this.server.job(job.id));
      } catch (error) {
        if (isForgotten(error)) {
          this.learn({ ...job, state: 'failed' });
        }
      }
    }
  }

  private readonly _jobs = new Map<string, IJob>();
  private readonly _own = new Set<string>();
  private _watchers = 0;
  private _stream: AbortController | null = null;
  private readonly _changed = new Signal<this, IJob>(this);
  private readonly _finished = new Signal<this, IJob>(this);
  private readonly _refused = new Signal<this, unknown>(this);
}
