import type { IOperation, IParameter, Parameters } from './api';

/** How a parameter is asked for. */
export type FieldKind = 'text' | 'number' | 'boolean' | 'choice' | 'list' | 'pairs';

/** One field of a form, as an operation's schema gives it. */
export interface IField {
  readonly name: string;
  readonly kind: FieldKind;
  readonly required: boolean;
  readonly parameter: IParameter;
}

/** What stands in the fields, by name; a field that was not touched is not there. */
export type Texts = Readonly<Record<string, string>>;

/** The fields of an operation, the required ones first. */
export function fieldsOf(operation: IOperation): readonly IField[] {
  const { properties, required } = operation.parameters;
  const fields = Object.entries(properties).map(([name, parameter]) => ({
    name,
    kind: kindOf(parameter),
    required: required.includes(name),
    parameter
  }));
  return [...fields.filter(field => field.required), ...fields.filter(field => !field.required)];
}

function kindOf(parameter: IParameter): FieldKind {
  const types = typeof parameter.type === 'string' ? [parameter.type] : parameter.type;
  if (types.includes('array')) {
    return 'list';
  }
  if (parameter.enum && parameter.enum.length > 0) {
    return 'choice';
  }
  if (types.includes('boolean')) {
    return 'boolean';
  }
  if (types.includes('object')) {
    return 'pairs';
  }
  return types.includes('integer') || types.includes('number') ? 'number' : 'text';
}

/** The parameter's default as it stands in the field; empty where there is none. */
export function defaultText(parameter: IParameter): string {
  return textOf(parameter.default);
}

const MOST_SUBJECT = 32;

/** The first short text that a form is filled in with, in the schema's order: what it is about; null where none is. */
export function subjectOf(operation: IOperation, texts: Texts): string | null {
  const filled = fieldsOf(operation)
    .filter(field => field.kind === 'text' || field.kind === 'list')
    .map(field => (texts[field.name] ?? '').trim());
  return filled.find(text => text !== '' && text.length <= MOST_SUBJECT && !text.includes('\n')) ?? null;
}

/** A value as it stands in a field: lists and pairs one a line. */
export function textOf(value: unknown): string {
  if (value === null || value === undefined) {
    return '';
  }
  if (Array.isArray(value)) {
    return value.map(String).join('\n');
  }
  if (typeof value === 'object') {
    return Object.entries(value)
      .map(([key, item]) => `${key}=${String(item)}`)
      .join('\n');
  }
  return String(value);
}

/** The texts that show `parameters`. */
export function textsOf(parameters: Parameters): Texts {
  return Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, textOf(value)]));
}

/**
 * The parameters that the texts stand for.
 *
 * A field that is empty or holds its default is left out. What cannot be read as a number is sent as it is: the server
 * has the words for it.
 */
export function parametersOf(fields: readonly IField[], texts: Texts): Parameters {
  const found: Record<string, unknown> = {};
  for (const field of fields) {
    const text = texts[field.name];
    if (text === undefined || text === defaultText(field.parameter) || (text.trim() === '' && !keepsEmpty(field))) {
      continue;
    }
    found[field.name] = valueOf(field, text);
  }
  return found;
}

/** An empty text is an answer where the default is another text. */
function keepsEmpty(field: IField): boolean {
  return field.kind === 'text' && !field.required && defaultText(field.parameter) !== '';
}

function valueOf(field: IField, text: string): unknown {
  const lines = text
    .split('\n')
    .map(line => line.trim())
    .filter(Boolean);
  switch (field.kind) {
    case 'list':
      return lines;
    case 'pairs':
      return Object.fromEntries(
        lines.map(line => {
          const at = line.indexOf('=');
          return at < 0 ? [line, ''] : [line.slice(0, at).trim(), line.slice(at + 1).trim()];
        })
      );
    case 'boolean':
      return text === 'true';
    case 'number':
      return text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : text;
    case 'text':
    case 'choice':
      return text;
  }
}

/** The names of required fields that are empty. */
export function missing(fields: readonly IField[], texts: Texts): readonly string[] {
  return fields.filter(field => field.required && !(texts[field.name] ?? '').trim()).map(field => field.name);
}

/** The field that a refusal's message speaks of: the first word that is one's name; null where none is. */
export function fieldOf(fields: readonly IField[], message: string): string | null {
  const names = new Set(fields.map(field => field.name));
  const words = message.split(/[^\w]+/);
  return words.find(word => names.has(word)) ?? null;
}
