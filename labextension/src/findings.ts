import { SEVERITY } from './generated';
import type { IResult, Status } from './generated';

/** Which findings are wanted. */
export interface IChoice {
  readonly family: string;
  readonly status: string;
  readonly words: string;
}

export const EVERYTHING: IChoice = { family: '', status: '', words: '' };

/** The family of a finding: the first word of its check's id. */
export function familyOf(result: IResult): string {
  return result.id.split('.')[0] ?? '';
}

/** Whether no limit stood behind a status: a number that is only shown has passed nothing. */
export function isUnjudged(result: IResult): boolean {
  return result.threshold !== null && result.threshold.warn === null && result.threshold.fail === null;
}

/** The findings, worst first; those of one status keep their order. */
export function worstFirst(results: readonly IResult[]): readonly IResult[] {
  const rank = (result: IResult): number => SEVERITY.indexOf(result.status ?? 'error');
  return [...results].sort((a, b) => rank(a) - rank(b));
}

/** The findings that are wanted. */
export function chosen(results: readonly IResult[], choice: IChoice): readonly IResult[] {
  const words = choice.words.toLocaleLowerCase().split(/\s+/).filter(Boolean);
  return results.filter(result => {
    const text = [result.id, result.title, result.reason, result.status].join(' ').toLocaleLowerCase();
    return (
      (choice.family === '' || familyOf(result) === choice.family) &&
      (choice.status === '' || result.status === choice.status) &&
      words.every(word => text.includes(word))
    );
  });
}

/** The families and statuses that there are, to choose from. */
export function choices(results: readonly IResult[]): { families: readonly string[]; statuses: readonly Status[] } {
  const there = new Set(results.map(result => result.status));
  return {
    families: [...new Set(results.map(familyOf))].sort(),
    statuses: SEVERITY.filter(status => there.has(status))
  };
}
