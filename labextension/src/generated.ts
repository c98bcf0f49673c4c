// Written by `python -m trustlab.surfaces.server.typescript` from trustlab/core; do not edit.

export const SCHEMA = 1;

/** The six ends of a question, worst first. */
export const SEVERITY = ['fail', 'error', 'warn', 'pass', 'skipped', 'not_applicable'] as const;
export type Status = (typeof SEVERITY)[number];

export const ERROR_CODES = ['bad_input', 'bad_usage', 'conflict', 'damaged', 'error', 'interrupted', 'missing_extra', 'not_found', 'refused'] as const;
export type ErrorCode = (typeof ERROR_CODES)[number];

export type Cell = string | number | boolean | null;

export interface IThreshold {
  readonly warn: number | null;
  readonly fail: number | null;
  readonly source: string;
}

export interface IScalarView {
  readonly kind: 'scalar';
  readonly name: string;
  readonly title: string | null;
  readonly columns: readonly string[];
  readonly rows: ReadonlyArray<readonly unknown[]>;
  readonly units: Readonly<Record<string, string>>;
  readonly caption: string | null;
}

export interface ITableView {
  readonly kind: 'table';
  readonly name: string;
  readonly title: string | null;
  readonly columns: readonly string[];
  readonly rows: ReadonlyArray<readonly unknown[]>;
  readonly units: Readonly<Record<string, string>>;
  readonly caption: string | null;
}

export interface ISeriesView {
  readonly kind: 'series';
  readonly name: string;
  readonly title: string | null;
  readonly columns: readonly string[];
  readonly rows: ReadonlyArray<readonly unknown[]>;
  readonly units: Readonly<Record<string, string>>;
  readonly caption: string | null;
  readonly x: string;
  readonly y: readonly string[];
  readonly group: string | null;
  readonly mark: 'line' | 'point' | 'bar';
  readonly reference: Readonly<Record<string, number>>;
}

export interface IMatrixView {
  readonly kind: 'matrix';
  readonly name: string;
  readonly title: string | null;
  readonly columns: readonly string[];
  readonly rows: ReadonlyArray<readonly unknown[]>;
  readonly units: Readonly<Record<string, string>>;
  readonly caption: string | null;
  readonly row_axis: string;
  readonly column_axis: string;
}

export interface IDistributionView {
  readonly kind: 'distribution';
  readonly name: string;
  readonly title: string | null;
  readonly columns: readonly string[];
  readonly rows: ReadonlyArray<readonly unknown[]>;
  readonly units: Readonly<Record<string, string>>;
  readonly caption: string | null;
}

export interface IImageView {
  readonly kind: 'image';
  readonly name: string;
  readonly title: string | null;
  readonly columns: readonly string[];
  readonly rows: ReadonlyArray<readonly unknown[]>;
  readonly units: Readonly<Record<string, string>>;
  readonly caption: string | null;
  readonly png: string;
  readonly alt: string;
}

export interface ITextView {
  readonly kind: 'text';
  readonly name: string;
  readonly title: string | null;
  readonly columns: readonly string[];
  readonly rows: ReadonlyArray<readonly unknown[]>;
  readonly units: Readonly<Record<string, string>>;
  readonly caption: string | null;
  readonly text: string;
}

export interface IGraphView {
  readonly kind: 'graph';
  readonly name: string;
  readonly title: string | null;
  readonly columns: readonly string[];
  readonly rows: ReadonlyArray<readonly unknown[]>;
  readonly units: Readonly<Record<string, string>>;
  readonly caption: string | null;
  readonly nodes: Readonly<Record<string, string>>;
}

export type View =
  | IScalarView
  | ITableView
  | ISeriesView
  | IMatrixView
  | IDistributionView
  | IImageView
  | ITextView
  | IGraphView;

export interface IResult {
  readonly status: Status | null;
  readonly reason: string | null;
  readonly value: number | null;
  readonly unit: string | null;
  readonly interval: readonly [number, number] | null;
  readonly level: number | null;
  readonly n: number | null;
  readonly p_value: number | null;
  readonly views: readonly View[];
  readonly advice: readonly string[];
  readonly id: string;
  readonly title: string;
  readonly threshold: IThreshold | null;
  readonly provenance: Readonly<Record<string, unknown>>;
}

/** A refusal as the server sends it. */
export interface ISentRefusal {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint: string | null;
}

/** A run as the server sends it. */
export interface ISentRun {
  readonly id: string;
  readonly operation: string;
  readonly title: string;
  readonly status: Status;
  readonly started: string;
  readonly seconds: number;
  readonly summary: string | null;
}

/** A job as the server sends it. */
export interface ISentJob {
  readonly id: string;
  readonly operation: string;
  readonly title: string;
  readonly state: 'queued' | 'running' | 'done' | 'failed' | 'cancelled';
  readonly status: Status | null;
  readonly started: string;
  readonly seconds: number;
  readonly progress: { readonly label: string; readonly done: number; readonly total: number | null } | null;
  readonly notice: string | null;
  readonly curve: { readonly columns: readonly string[]; readonly rows: ReadonlyArray<ReadonlyArray<number | null>> } | null;
  readonly run: string | null;
  readonly read_only: boolean;
  readonly waited: boolean;
  readonly error: ISentRefusal | null;
  readonly parameters: Readonly<Record<string, unknown>>;
}

/** A operation as the server sends it. */
export interface ISentOperation {
  readonly id: string;
  readonly kind: string;
  readonly family: string;
  readonly command: string;
  readonly title: string;
  readonly summary: string;
  readonly doc: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly needs: readonly string[];
  readonly tasks: readonly string[];
  readonly better: string;
  readonly thresholds: Readonly<Record<string, unknown>> | null;
  readonly references: readonly string[];
  readonly extra: string | null;
  readonly unavailable: string | null;
  readonly cost: string;
  readonly read_only: boolean;
  readonly writes_with: readonly string[];
  readonly example: Readonly<Record<string, unknown>>;
}
