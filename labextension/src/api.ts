import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';

import type { ErrorCode, IResult, Status, View } from './generated';

const ROOT = 'trustlab/api/v1';

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
  /** Parameters of a run that works, to start one's own from. */
  readonly example: Readonly<Record<string, unknown>>;
  readonly parameters: {
    readonly properties: Readonly<Record<string, IParameter>>;
    readonly required: readonly string[];
  };
}

/** A part of a longer list. */
export interface IPage<T> {
  readonly items: readonly T[];
  readonly total: number;
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
    const answer = await this.get<{ operations: IOperation[] }>('operations');
    return answer.operations;
  }

  async runs(page: number, perPage: number): Promise<IPage<IRun>> {
    const query = URLExt.objectToQueryString({ page, per_page: perPage });
    const answer = await this.get<{ runs: IRun[]; total: number }>('runs', query);
    return { items: answer.runs, total: answer.total };
  }

  async run(id: string): Promise<IDocument> {
    const answer = await this.get<{ document: IDocument }>(`runs/${encodeURIComponent(id)}`);
    return answer.document;
  }

  private async get<T>(path: string, query = ''): Promise<T> {
    // The settings' base URL, so that it works below a hub's /user/name/.
    const url = URLExt.join(this.settings.baseUrl, ROOT, path) + query;
    let response: Response;
    try {
      response = await ServerConnection.makeRequest(url, { method: 'GET' }, this.settings);
    } catch (error) {
      throw new ApiError('unreachable', String(error), null);
    }
    const answer: unknown = await response.json().catch(() => null);
    if (response.ok && isRecord(answer)) {
      return answer as T;
    }
    const error = isRecord(answer) && isRecord(answer['error']) ? answer['error'] : {};
    throw new ApiError(
      (error['code'] as ErrorCode | undefined) ?? 'unreachable',
      typeof error['message'] === 'string' ? error['message'] : response.statusText,
      typeof error['hint'] === 'string' ? error['hint'] : null
    );
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
