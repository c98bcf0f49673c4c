import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';

import type { ErrorCode, IResult, Status, View } from './generated';

const ROOT = 'trustlab/api/v1';
// Reading is at once or not at all: nobody looks at an empty panel for longer.
const READ_SECONDS = 20;

/** One finished operation: what `trust … --json` prints. */
export interface IDocument {
  readonly operation: string;
  readonly title: string;
  readonly status: Status;
  readonly summary: string | null;
  readonly results: readonly IResult[];
  readonly views: readonly View[];
  readonly advice: readonly string[];
  readonly provenance: Readonly<Record<string, unknown>>;
}

/** What stands beside a finding's numbers. */
export interface IGuide {
  readonly meaning: readonly string[];
  readonly advice: readonly string[];
  readonly references: readonly string[];
  /** The line that makes the finding alone; null where it was not written down. */
  readonly code: string | null;
}

/** One run of the journal, without its document. */
export interface IRun {
  readonly id: string;
  readonly operation: string;
  readonly title: string;
  readonly status: Status;
  readonly started: string;
  readonly seconds: number;
  readonly summary: string | null;
}

/** A parameter, as JSON Schema. */
export interface IParameter {
  readonly type: string | readonly string[];
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly format?: string;
  readonly unit?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly items?: { readonly type: string };
  /** On a line the parameter stands without its name. */
  readonly positional?: boolean;
}

/** The record of one operation. */
export interface IOperation {
  readonly id: string;
  readonly kind: string;
  readonly family: string;
  readonly command: string;
  readonly title: string;
  readonly summary: string;
  /** Why it cannot run here, such as an extra that is not installed; null where it can. */
  readonly unavailable?: string | null;
  /** Parameters of a run that works, to start one's own from. */
  readonly example: Readonly<Record<string, unknown>>;
  readonly parameters: {
    readonly properties: Readonly<Record<string, IParameter>>;
    readonly required: readonly string[];
  };
}

/** What the server says against something, as every surface says it. */
export interface IRefusal {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint: string | null;
}

/** Where a job is on its way. */
export type JobState = 'queued' | 'running' | 'done' | 'failed' | 'cancelled';

/** An operation that runs, or ran, in a process of its own beside the server. */
export interface IJob {
  readonly id: string;
  readonly operation: string;
  readonly title: string;
  readonly state: JobState;
  /** The document's status, once there is one. */
  readonly status: Status | null;
  readonly started: string;
  readonly seconds: number;
  readonly progress: { readonly label: string; readonly done: number; readonly total: number | null } | null;
  /** The last sentence for who waits. */
  readonly notice: string | null;
  /** The run in the journal, where the operation keeps one. */
  readonly run: string | null;
  /** Whether it changes nothing that is kept. */
  readonly read_only: boolean;
  /** Whether who asked waits for the answer, or waited and heard it. */
  readonly waited: boolean;
  readonly error: IRefusal | null;
  readonly parameters: Parameters;
  /** What a training measured so far, the first column along the axis; only while it runs. */
  readonly curve?: {
    readonly columns: readonly string[];
    readonly rows: ReadonlyArray<readonly (number | null)[]>;
  } | null;
}

/** An operation's parameters, by name. */
export type Parameters = Readonly<Record<string, unknown>>;

/** What asking for an operation gives: its document, or the job where it is not over yet. */
export type Answer = { readonly document: IDocument } | { readonly job: IJob };

/** A run that ended before it could answer, such as a magic whose kernel died. */
export interface IInterrupted {
  readonly operation: string;
  readonly title: string;
  readonly given: Parameters | null;
  readonly started: string;
  /** How it ended, in words. */
  readonly how: string;
}

/** Which runs are wanted. */
export interface IRunFilter {
  readonly operation?: string;
  /** Words that must all occur; a status is a word too. */
  readonly matching?: string;
}

/** A part of a longer list. */
export interface IPage<T> {
  readonly items: readonly T[];
  readonly total: number;
}

/** A part of the runs. */
export interface IRunsPage extends IPage<IRun> {
  /** What was cut short in the workspace and was not asked again with success since, newest first. */
  readonly interrupted: readonly IInterrupted[];
}

/** What the server refused, and what to do about it. */
export class ApiError extends Error {
  constructor(
    readonly code: ErrorCode | 'unreachable',
    message: string,
    readonly hint: string | null
  ) {
    super(message);
    this.name = 'ApiError';
  }
}

/** The server's routes. */
export class Api {
  constructor(readonly settings: ServerConnection.ISettings) {}

  async operations(): Promise<readonly IOperation[]> {
    const answer = await this.send<{ operations: IOperation[] }>('GET', 'operations');
    return answer.operations;
  }

  async operation(id: string): Promise<IOperation> {
    const answer = await this.send<{ operations: IOperation[] }>('GET', `operations/${encodeURIComponent(id)}`);
    const [found] = answer.operations;
    if (!found) {
      throw new ApiError('not_found', id, null);
    }
    return found;
  }

  async runs(page: number, perPage: number, filter: IRunFilter = {}): Promise<IRunsPage> {
    const query: Record<string, string | number> = { page, per_page: perPage };
    if (filter.operation) {
      query['operation'] = filter.operation;
    }
    if (filter.matching?.trim()) {
      query['matching'] = filter.matching.trim();
    }
    const answer = await this.send<{ runs: IRun[]; total: number; interrupted: IInterrupted[] }>('GET', 'runs', { query });
    return { items: answer.runs, total: answer.total, interrupted: answer.interrupted };
  }

  async run(id: string): Promise<IDocument> {
    const answer = await this.send<{ document: IDocument }>('GET', `runs/${encodeURIComponent(id)}`);
    return answer.document;
  }

  /** What the findings of a run mean and what to do about them, by the finding's id. */
  async guide(run: string): Promise<Readonly<Record<string, IGuide>>> {
    const answer: unknown = await this.read('runs', { run, guide: true });
    return (answer as { guide: Record<string, IGuide> }).guide;
  }

  /**
   * Run an operation in a process of its own.
   *
   * @param wait - Seconds to wait for the document; without it, or when they are over, the answer is the job.
   */
  async ask(operation: string, parameters: Parameters = {}, wait = 0): Promise<Answer> {
    const answer = await this.send<Record<string, unknown>>('POST', `operations/${encodeURIComponent(operation)}`, {
      query: wait > 0 ? { wait } : {},
      body: JSON.stringify({ parameters })
    });
    return isRecord(answer['job'])
      ? { job: answer['job'] as unknown as IJob }
      : { document: answer as unknown as IDocument };
  }

  /** The document of an operation that answers soon: reading a list, showing a version. */
  async read(operation: string, parameters: Parameters = {}): Promise<IDocument> {
    const answer = await this.ask(operation, parameters, READ_SECONDS);
    if ('document' in answer) {
      return answer.document;
    }
    await this.cancel(answer.job.id);
    throw new ApiError('interrupted', `${answer.job.title} took longer than ${READ_SECONDS} s`, null);
  }

  /** The jobs whose end nobody has waited for, newest first. */
  async jobs(page: number, perPage: number, state?: JobState): Promise<IPage<IJob>> {
    const query = { page, per_page: perPage, waited: 'false', ...(state ? { state } : {}) };
    const answer = await this.send<{ jobs: IJob[]; total: number }>('GET', 'jobs', { query });
    return { items: answer.jobs, total: answer.total };
  }

  async job(id: string): Promise<IJob> {
    return (await this.send<{ job: IJob }>('GET', `jobs/${encodeURIComponent(id)}`)).job;
  }

  /** The whole document of a job that is done, also where the journal keeps none. */
  async jobDocument(id: string): Promise<IDocument> {
    return this.send<IDocument>('GET', `jobs/${encodeURIComponent(id)}/document`);
  }

  async cancel(id: string): Promise<IJob> {
    return (await this.send<{ job: IJob }>('DELETE', `jobs/${encodeURIComponent(id)}`)).job;
  }

  /** Put a file into the server's root folder; refused with `conflict` where one of that name is there. */
  async upload(file: Blob, name: string, replace = false): Promise<{ path: string; bytes: number }> {
    const query = replace ? { replace: 'true' } : {};
    return this.send('PUT', `uploads/${encodeURIComponent(name)}`, { query, body: file });
  }

  /**
   * Every change of every job, first all that run now; ends when `signal` is given or the server goes.
   *
   * @param opened - Called when nothing can be missed any more.
   */
  async *events(signal: AbortSignal, opened: () => void): AsyncGenerator<IJob> {
    const url = URLExt.join(this.settings.baseUrl, ROOT, 'jobs/events');
    const response = await ServerConnection.makeRequest(
      url,
      { method: 'GET', signal, headers: { Accept: 'text/event-stream' } },
      this.settings
    );
    if (!response.ok || response.body === null) {
      throw await refusal(response);
    }
    opened();
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    for (;;) {
      const { done, value } = await reader.read();
      if (done) {
        return;
      }
      const { events, rest } = parseEvents(text + value);
      text = rest;
      for (const event of events) {
        if (event.name === 'job') {
          yield JSON.parse(event.data) as IJob;
        }
      }
    }
  }

  private async send<T>(method: string, path: string, how: ISending = {}): Promise<T> {
    // The settings' base URL, so that it works below a hub's /user/name/.
    const url = URLExt.join(this.settings.baseUrl, ROOT, path) + URLExt.objectToQueryString(how.query ?? {});
    let response: Response;
    try {
      const body = how.body === undefined ? {} : { body: how.body };
      response = await ServerConnection.makeRequest(url, { method, ...body }, this.settings);
    } catch (error) {
      throw new ApiError('unreachable', String(error), null);
    }
    if (!response.ok) {
      throw await refusal(response);
    }
    const answer: unknown = await response.json().catch(() => null);
    if (!isRecord(answer)) {
      throw new ApiError('unreachable', response.statusText, null);
    }
    return answer as T;
  }
}

interface ISending {
  readonly query?: Record<string, string | number>;
  readonly body?: BodyInit;
}

async function refusal(response: Response): Promise<ApiError> {
  const answer: unknown = await response.json().catch(() => null);
  const error = isRecord(answer) && isRecord(answer['error']) ? answer['error'] : {};
  return new ApiError(
    (error['code'] as ErrorCode | undefined) ?? 'unreachable',
    typeof error['message'] === 'string' ? error['message'] : response.statusText,
    typeof error['hint'] === 'string' ? error['hint'] : null
  );
}

/** Server-sent events out of a text, and the text after the last whole one. */
export function parseEvents(text: string): {
  events: readonly { readonly name: string; readonly data: string }[];
  rest: string;
} {
  const blocks = text.replace(/\r\n?/g, '\n').split('\n\n');
  const rest = blocks.pop() ?? '';
  const events = blocks.flatMap(block => {
    const lines = block.split('\n');
    const field = (name: string): string[] =>
      lines.filter(line => line.startsWith(`${name}:`)).map(line => line.slice(name.length + 1).replace(/^ /, ''));
    const data = field('data');
    return data.length > 0 ? [{ name: field('event').at(-1) ?? 'message', data: data.join('\n') }] : [];
  });
  return { events, rest };
}

/** Whether a value has keys. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
