import { Signal } from '@lumino/signaling';
import type { ISignal } from '@lumino/signaling';

import { payloadOf } from '../../answers';
import type { IPipelineAnswer, IPipelineRun } from '../../answers';
import type { IDocument, Parameters } from '../../api';
import type { View } from '../../generated';
import { notebookRequest } from '../../pipelines';

const PER_PAGE = 50;
const SHOW = 'pipeline.show';

/** What the tab of a pipeline asks of the server. */
export interface IPipelineServer {
  read(operation: string, parameters?: Parameters): Promise<IDocument>;
}

/** One pipeline as its tab knows it: its steps, its runs as far as they are read, and the logs that were asked for. */
export class PipelineModel {
  constructor(
    private readonly server: IPipelineServer,
    readonly name: string
  ) {}

  get answer(): IPipelineAnswer | null {
    return this._answer;
  }

  /** What the server shows of its steps. */
  get views(): readonly View[] {
    return this._views;
  }

  get runs(): readonly IPipelineRun[] {
    return this._runs;
  }

  get error(): unknown {
    return this._error;
  }

  /** What was said against the last thing that a button asked for. */
  get refused(): unknown {
    return this._refused;
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** The log of a step, where it was asked for. */
  log(run: string, step: string): string | undefined {
    return this._logs.get(`${run}/${step}`);
  }

  /** Read the newest anew; the older runs that were read stay. */
  async load(): Promise<void> {
    await this.guarded(async () => {
      const document = await this.server.read(SHOW, { name: this.name, limit: PER_PAGE });
      this._answer = payloadOf(document);
      this._views = document.views.filter(view => view.name !== 'runs');
      const fresh = new Map(this._answer?.runs.map(run => [run.id, run]));
      this._runs = [...fresh.values(), ...this._runs.filter(run => !fresh.has(run.id))];
    });
  }

  /** Read older runs. */
  async more(): Promise<void> {
    await this.guarded(async () => {
      const asked = { name: this.name, limit: PER_PAGE, offset: this._runs.length };
      const answer: IPipelineAnswer = payloadOf(await this.server.read(SHOW, asked));
      const known = new Set(this._runs.map(run => run.id));
      this._runs = [...this._runs, ...answer.runs.filter(run => !known.has(run.id))];
    });
  }

  /** Read the log of a step. */
  async readLog(run: string, step: string): Promise<void> {
    await this.ask(async () => {
      const document = await this.server.read(SHOW, { name: this.name, run, step });
      const log = document.views.find(view => view.name === `log_${step}`);
      this._logs.set(`${run}/${step}`, log?.kind === 'text' ? log.text : '');
    });
  }

  /** Copy the executed notebook of a step to where it can be opened, and answer with its path; null where refused. */
  async notebook(run: IPipelineRun, step: string): Promise<string | null> {
    const asked = notebookRequest(run, step);
    return (await this.ask(() => this.server.read(SHOW, asked))) ? asked.notebook : null;
  }

  private async guarded(read: () => Promise<void>): Promise<void> {
    try {
      await read();
      this._error = null;
    } catch (error) {
      this._error = error;
    }
    this._changed.emit();
  }

  /** Do what a button asks for; what is said against it is kept, and whether nothing was is the answer. */
  async ask(what: () => Promise<unknown>): Promise<boolean> {
    this._refused = null;
    try {
      await what();
    } catch (error) {
      this._refused = error;
    }
    this._changed.emit();
    return this._refused === null;
  }

  private _answer: IPipelineAnswer | null = null;
  private _views: readonly View[] = [];
  private _runs: readonly IPipelineRun[] = [];
  private _error: unknown = null;
  private _refused: unknown = null;
  private readonly _logs = new Map<string, string>();
  private readonly _changed = new Signal<this, void>(this);
}
