import type { TranslationBundle } from '@jupyterlab/translation';

import type { IOperation, IParameter } from './api';
import type { ITableView } from './generated';

/** The operations that have every word of `filter` somewhere in id, kind, title or summary. */
export function matching(operations: readonly IOperation[], filter: string): readonly IOperation[] {
  const words = filter.toLocaleLowerCase().split(/\s+/).filter(Boolean);
  return operations.filter(operation => {
    const text = [operation.id, operation.kind, operation.title, operation.summary].join(' ').toLocaleLowerCase();
    return words.every(word => text.includes(word));
  });
}

/** The operations by family; the verbs of one word, which have no family, stand first under `everyday`. */
export function grouped(
  operations: readonly IOperation[],
  everyday: string
): readonly (readonly [string, readonly IOperation[]])[] {
  const families = new Map<string, IOperation[]>([[everyday, []]]);
  for (const operation of operations) {
    const family = operation.id.includes('.') ? operation.family : everyday;
    families.set(family, [...(families.get(family) ?? []), operation]);
  }
  return [...families].filter(([, members]) => members.length > 0);
}

/** The operation's parameters as a table, required ones first. */
export function parameterView(operation: IOperation, trans: TranslationBundle): ITableView {
  const { properties, required } = operation.parameters;
  const rows = Object.entries(properties)
    .map(([name, parameter]) => [name, describe(parameter, required.includes(name), trans)])
    .sort((a, b) => Number(required.includes(b[0] ?? '')) - Number(required.includes(a[0] ?? '')));
  return {
    kind: 'table',
    name: 'parameters',
    title: trans.__('Parameters'),
    columns: [trans.__('name'), trans.__('meaning')],
    rows,
    units: {},
    caption: null
  };
}

function describe(parameter: IParameter, required: boolean, trans: TranslationBundle): string {
  const sentences = [parameter.description ?? ''];
  if (parameter.enum) {
    sentences.push(trans.__('One of %1.', parameter.enum.join(', ')));
  }
  if (required) {
    sentences.push(trans.__('Required.'));
  } else if (parameter.default !== null && parameter.default !== undefined) {
    sentences.push(trans.__('Default: %1.', inlineText(parameter.default)));
  }
  return sentences.filter(Boolean).join(' ');
}

function inlineText(value: unknown): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
