import { ApiError } from './api';
import type { IDocument, IPage } from './api';
import type { IThreshold, Status } from './generated';

/** What an operation's document holds beside the keys that all have; the caller says which operation it asked. */
export function payloadOf<T>(document: IDocument): T {
  return document as unknown as T;
}

/** `page`: a run as one file. */
export interface IPageAnswer {
  readonly of: string;
  readonly name: string;
  readonly bytes: number;
  readonly html: string;
}

/** One check's entry in a policy. */
export interface IPolicyEntry {
  readonly warn: number | null;
  readonly fail: number | null;
  readonly source: string;
  readonly owner?: string;
  readonly reason?: string;
  readonly ask?: boolean;
}

/** One waiver of a policy. */
export interface IWaiver {
  readonly check: string;
  readonly group?: string;
  readonly until: string;
  readonly owner: string;
  readonly reason: string;
  readonly ticket?: string;
}

/** `policy`: the limits, who set them, and what they have judged. */
export interface IPolicyAnswer {
  readonly policy: {
    readonly name: string;
    readonly owner: string | null;
    readonly checks: Readonly<Record<string, IPolicyEntry>>;
    readonly waivers: readonly IWaiver[];
  };
  readonly limits: string;
  /** What the file's content is called; null for the default, which is no file. */
  readonly revision: string | null;
  readonly checks: Readonly<
    Record<
      string,
      {
        readonly title: string;
        readonly question: string;
        readonly better: 'lower' | 'higher';
        readonly own: IThreshold | null;
        readonly set: boolean;
      }
    >
  >;
  readonly audits: readonly { readonly run: string; readonly model: string | null; readonly started: string }[];
}

/** What a cell raised. */
export interface ICellError {
  readonly cell: number;
  readonly line: number | null;
  readonly source: string | null;
  readonly kind: string;
  readonly message: string;
}

/** One step of a pipeline's run. */
export interface IStepRun {
  readonly name: string;
  readonly status: Status | null;
  readonly reason: string | null;
  readonly started: string | null;
  readonly finished: string | null;
  readonly notebook: string | null;
  readonly log: string | null;
  readonly error: ICellError | null;
}

/** One run of a pipeline. */
export interface IPipelineRun {
  readonly id: string;
  readonly pipeline: string;
  readonly trigger: string;
  readonly status: Status | null;
  readonly reason: string | null;
  readonly started: string;
  readonly seconds: number | null;
  readonly steps: readonly IStepRun[];
}

/** One step of a pipeline. */
export interface IStep {
  readonly name: string;
  readonly notebook: { readonly file: string };
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly needs: readonly string[];
}

/** One pipeline of the list. */
export interface IPipeline {
  readonly name: string;
  readonly revision: number;
  readonly steps: readonly IStep[];
  readonly schedule: { readonly cron: string; readonly timezone: string } | null;
  readonly next: string | null;
  readonly problem: string | null;
  readonly last_run: IPipelineRun | null;
}

/** `pipeline.show`. */
export interface IPipelineAnswer {
  readonly pipeline: IPipeline;
  readonly runs: readonly IPipelineRun[];
  readonly total: number;
}

/** A cell that holds a notebook's parameters, or could. */
export interface IParametersCell {
  readonly number: number;
  readonly id: string | null;
  readonly tagged: boolean;
  readonly source: string;
}

/** `pipeline.draft`: what a promotion would do. */
export interface IDraftAnswer {
  readonly cell: IParametersCell | null;
  readonly candidate: IParametersCell | null;
  readonly how_to_tag: string | null;
  readonly parameters: readonly {
    readonly name: string;
    readonly type: string;
    readonly default: unknown;
    readonly value: unknown;
  }[];
  readonly data: readonly {
    readonly text: string;
    readonly kind: 'ref' | 'file';
    readonly cell: number;
    readonly parameter: string | null;
  }[];
  readonly changes: readonly string[];
}

/** A page, or an empty one where there is no workspace yet: nothing has run, which is no trouble. */
export async function orNothing<T>(page: Promise<IPage<T>>): Promise<IPage<T>> {
  try {
    return await page;
  } catch (error) {
    if (error instanceof ApiError && error.code === 'not_found') {
      return { items: [], total: 0 };
    }
    throw error;
  }
}
