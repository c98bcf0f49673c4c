import type { TranslationBundle } from '@jupyterlab/translation';

import type { IJob, IOperation } from '../src/api';

/** English, with `%1` filled in as JupyterLab's translator does. */
export const trans = {
  __: (text: string, ...values: unknown[]) => text.replace(/%(\d)/g, (_, at) => String(values[Number(at) - 1]))
} as unknown as TranslationBundle;

/** An operation's record, with what a test changes. */
export function operation(changes: Partial<IOperation>): IOperation {
  return {
    id: 'audit',
    kind: 'verb',
    family: 'audit',
    command: 'trust audit',
    title: 'Audit',
    summary: 'Ask the checks.',
    example: {},
    parameters: { properties: {}, required: [] },
    ...changes
  };
}

/** A job that runs, with what a test changes. */
export function job(changes: Partial<IJob> = {}): IJob {
  return {
    id: 'a',
    operation: 'train',
    title: 'Train',
    state: 'running',
    status: null,
    started: '2026-11-01T00:00:00+00:00',
    seconds: 0,
    progress: null,
    notice: null,
    run: null,
    read_only: false,
    waited: false,
    error: null,
    parameters: {},
    ...changes
  };
}
