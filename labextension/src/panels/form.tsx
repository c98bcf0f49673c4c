import type { TranslationBundle } from '@jupyterlab/translation';
import { ReactWidget } from '@jupyterlab/ui-components';
import { Signal } from '@lumino/signaling';
import type { ISignal } from '@lumino/signaling';
import * as React from 'react';

import { ApiError } from '../api';
import type { IDocument, IJob, IOperation, Parameters } from '../api';
import { OperationForm } from '../components/form';
import { JobProgress } from '../components/progress';
import { Trouble } from '../components/trouble';
import { subjectOf, textsOf } from '../fields';
import type { Texts } from '../fields';
import { isOver } from '../jobs';
import type { JobStore } from '../jobs';
import type { IRenderers } from '../tokens';
import { DocumentBody } from './document';
import type { ReadGuide } from './document';

/** What a form needs of its surroundings. */
export interface IFormServices {
  readonly jobs: JobStore;
  readonly renderers: IRenderers;
  readonly trans: TranslationBundle;
  readonly guide: ReadGuide;
  operation(id: string): Promise<IOperation>;
  insert(line: string): void;
  /** What could stand at the end of a line. */
  complete(line: string): Promise<readonly string[]>;
}

/** One operation in the main area: its form, the job that it started, and what came out. */
export class FormPanel extends ReactWidget {
  /**
   * @param operation - The operation's id; where only a job is known, the job says it.
   * @param parameters - What the form is filled in with.
   * @param job - A job to follow from the beginning.
   */
  constructor(
    private readonly services: IFormServices,
    readonly operation: string,
    parameters: Parameters,
    job: IJob | null = null
  ) {
    super();
    this.addClass('tl-Document');
    this._texts = textsOf(parameters);
    this._job = job;
    services.jobs.changed.connect(this.follow, this);
    void this.load();
    if (job !== null && isOver(job)) {
      void this.conclude(job);
    }
  }

  /** The parameters as they stand, to open the same form again. */
  get texts(): Texts {
    return this._texts;
  }

  /** The id of the job that this form started last; null where it started none. */
  get job(): string | null {
    return this._job?.id ?? null;
  }

  /** What the form is, and of what: it tells this tab from others of the same operation. */
  get heading(): string {
    const record = this._record;
    const subject = record === null ? null : subjectOf(record, this._texts);
    return [record?.title ?? this.operation, subject].filter(Boolean).join(' · ');
  }

  /** The run in the journal that this form started last; null where there is none. */
  get run(): string | null {
    return this._job?.run ?? null;
  }

  /** Emitted when something changed that a reload should keep. */
  get kept(): ISignal<this, void> {
    return this._kept;
  }

  override dispose(): void {
    this.services.jobs.changed.disconnect(this.follow, this);
    super.dispose();
  }

  protected render(): JSX.Element {
    const { renderers, trans, jobs } = this.services;
    if (this._record === null) {
      return this._error === null ? (
        <p className="tl-Waiting">{trans.__('Reading what it takes …')}</p>
      ) : (
        <Trouble error={this._error} trans={trans} onRetry={() => void this.load()} />
      );
    }
    const [job, record] = [this._job, this._record];
    const busy = job !== null && !isOver(job);
    return (
      <article>
        <header>
          <h1>{record.title}</h1>
        </header>
        <p className="tl-Document-summary">{record.summary}</p>
        <OperationForm
          operation={record}
          texts={this._texts}
          error={this._error}
          busy={busy}
          trans={trans}
          insert={line => this.services.insert(line)}
          complete={line => this.services.complete(line)}
          onChange={texts => this.change(texts)}
          onSubmit={parameters => void this.submit(parameters)}
        />
        {job !== null && (busy || this._document === null) ? (
          <JobProgress job={job} trans={trans} onStop={() => void jobs.stop(job.id)} />
        ) : null}
        {this._document === null ? null : (
          <section aria-label={trans.__('Result')}>
            <DocumentBody
              document={this._document}
              guide={this.services.guide}
              renderers={renderers}
              insert={line => this.services.insert(line)}
              trans={trans}
            />
          </section>
        )}
      </article>
    );
  }

  private change(texts: Texts): void {
    this._texts = texts;
    this._error = null;
    this._kept.emit();
    this.update();
  }

  private async load(): Promise<void> {
    this._error = null;
    try {
      this._record = await this.services.operation(this.operation);
      this._kept.emit();
    } catch (error) {
      this._error = error;
    }
    this.update();
  }

  private async submit(parameters: Parameters): Promise<void> {
    this._error = null;
    this._document = null;
    this.update();
    try {
      const job = await this.services.jobs.start(this.operation, parameters);
      this._job = job;
      this._kept.emit();
      if (isOver(job)) {
        await this.conclude(job); // Its end was heard of first.
      }
    } catch (error) {
      this._error = error;
    }
    this.update();
  }

  private follow(_store: JobStore, job: IJob): void {
    if (this._job?.id !== job.id) {
      return;
    }
    this._job = job;
    if (isOver(job)) {
      void this.conclude(job);
    }
    this.update();
  }

  private async conclude(job: IJob): Promise<void> {
    if (job.state === 'done') {
      try {
        const document = await this.services.jobs.document(job.id);
        if (this._job?.id === job.id) {
          this._document = document; // Else another was started meanwhile.
        }
      } catch (error) {
        this._error = error;
      }
    } else if (job.error !== null) {
      this._error = new ApiError(job.error.code, job.error.message, job.error.hint);
    } else if (job.state === 'failed') {
      this._error = this.services.trans.__('The server knows nothing of it any more, as after a new start; what it kept is in the list of runs.');
    }
    this.update();
  }

  private _texts: Texts;
  private _job: IJob | null;
  private _record: IOperation | null = null;
  private _document: IDocument | null = null;
  private _error: unknown = null;
  private readonly _kept = new Signal<this, void>(this);
}
