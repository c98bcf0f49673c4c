import type { Parameters } from '../../api';
import { SEVERITY } from '../../generated';
import type { Status } from '../../generated';
import { cellText } from '../../words';

/** One version of a registered model. */
export interface IModelVersion {
  readonly name: string;
  readonly version: number;
  readonly created: string;
  readonly champion: boolean;
  readonly metrics: Readonly<Record<string, number>>;
  readonly tags: Readonly<Record<string, string>>;
}

/** One audit of a version. */
export interface IAudit {
  readonly run: string;
  readonly status: Status;
  readonly started: string;
  readonly author: string | null;
  readonly data: string | null;
  readonly policy: string | null;
  readonly summary: string | null;
}

const TAG = 'trustlab.';
const MOST_METRICS = 2;

/** What the version is asked for as: `lender@3`. */
export function modelRef(model: IModelVersion): string {
  return `${model.name}@${model.version}`;
}

/** What is noted of a version under a name of ours. */
export function tagOf(model: IModelVersion, name: string): string | null {
  return model.tags[TAG + name] ?? null;
}

/** How the last audit of the version ended; null where it was never audited. */
export function auditStatus(model: IModelVersion): Status | null {
  const told = tagOf(model, 'audit_status');
  return SEVERITY.find(status => status === told) ?? null;
}

/** The first few numbers of a version, to tell it from others at a glance. */
export function metricFacts(model: IModelVersion): readonly string[] {
  return Object.entries(model.metrics)
    .slice(0, MOST_METRICS)
    .map(([name, value]) => `${name} ${cellText(value)}`);
}

/** What a form about the version is filled in with: the model, and the data and target that it learned from. */
export function subjectOf(model: IModelVersion): Parameters {
  const data = tagOf(model, 'data.name');
  const target = tagOf(model, 'data.target');
  return { model: modelRef(model), ...(data ? { data } : {}), ...(target ? { target } : {}) };
}
