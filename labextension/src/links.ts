import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';

import { CommandIDs } from './tokens';

const BEGINS = 'trustlab-';
// What the address says, the command that it leads to, and what that calls the subject.
const SUBJECTS: readonly (readonly [string, string, string])[] = [
  ['run', CommandIDs.openRun, 'run'],
  ['page', CommandIDs.openPage, 'run'],
  ['pipeline', CommandIDs.openPipeline, 'pipeline'],
  ['policy', CommandIDs.openPolicy, 'file'],
  ['jobs', CommandIDs.showJobs, 'of']
];

/** What a link asks for. */
export interface ILink {
  readonly command: string;
  readonly args: ReadonlyPartialJSONObject;
}

/** What the address asks for: a run, its page, a pipeline, a policy, the jobs, or a form, filled in; null for nothing. */
export function linkOf(search: string): ILink | null {
  const query = new URLSearchParams(search);
  for (const [name, command, argument] of SUBJECTS) {
    const subject = query.get(BEGINS + name);
    if (subject) {
      return { command, args: { [argument]: subject } };
    }
  }
  const operation = query.get(`${BEGINS}form`);
  return operation
    ? { command: CommandIDs.openForm, args: { operation, parameters: parametersIn(query) } }
    : null;
}

/** The address without what `linkOf` read, so that a reload does not open it again. */
export function withoutLink(search: string): string {
  const query = new URLSearchParams(search);
  [...query.keys()].filter(name => name.startsWith(BEGINS)).forEach(name => query.delete(name));
  const rest = query.toString();
  return rest ? `?${rest}` : '';
}

/** The part of an address that asks for a form. */
export function formLink(operation: string, parameters: ReadonlyPartialJSONObject): string {
  const query = new URLSearchParams({ [`${BEGINS}form`]: operation });
  if (Object.keys(parameters).length > 0) {
    query.set(`${BEGINS}parameters`, JSON.stringify(parameters));
  }
  return `?${query.toString()}`;
}

/** The part of an address that asks for what a tab is about. */
export function subjectLink(name: string, subject: string): string {
  return `?${new URLSearchParams({ [BEGINS + name]: subject }).toString()}`;
}

/** What a form is filled in with; nothing where somebody cut the address short. */
function parametersIn(query: URLSearchParams): ReadonlyPartialJSONObject {
  try {
    const found: unknown = JSON.parse(query.get(`${BEGINS}parameters`) ?? '{}');
    return typeof found === 'object' && found !== null && !Array.isArray(found)
      ? (found as ReadonlyPartialJSONObject)
      : {};
  } catch {
    return {};
  }
}
