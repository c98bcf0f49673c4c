import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';

import { CommandIDs } from './tokens';

const BEGINS = 'trustlab-';

/** What a link asks for. */
export interface ILink {
  readonly command: string;
  readonly args: ReadonlyPartialJSONObject;
}

/** What the address of a page asks for: a run, a job, a page, a pipeline, or a form, filled in; null where nothing. */
export function linkOf(search: string): ILink | null {
  const query = new URLSearchParams(search);
  const subjects: readonly (readonly [string, string])[] = [
    ['run', CommandIDs.openRun],
    ['job', CommandIDs.openJob],
    ['page', CommandIDs.openPage],
    ['pipeline', CommandIDs.openPipeline]
  ];
  for (const [name, command] of subjects) {
    const subject = query.get(BEGINS + name);
    if (subject) {
      return { command, args: { [name === 'page' ? 'run' : name]: subject } };
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

/** The part of an address that asks for a run, a job, a page or a pipeline. */
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
