import type { IOperation, Parameters } from './api';

/**
 * The line that asks for an operation in a notebook, filled in from its example.
 *
 * A required parameter that the example leaves out stands as its name in capitals, for the user to replace.
 */
export function magicFor(operation: IOperation): string {
  return magicWith(operation, operation.example);
}

/** The line that asks for an operation with these parameters. */
export function magicWith(operation: IOperation, parameters: Parameters): string {
  const { properties, required } = operation.parameters;
  const values: Record<string, unknown> = { ...parameters };
  for (const name of required) {
    values[name] ??= name.toUpperCase();
  }
  const positional: string[] = [];
  const named: string[] = [];
  for (const [name, parameter] of Object.entries(properties)) {
    const value = values[name];
    if (value === undefined || value === null) {
      continue;
    }
    if (parameter.positional) {
      positional.push(...words(value));
    } else {
      named.push(...option(name, value));
    }
  }
  return [`%${operation.command}`, ...positional, ...named].join(' ');
}

/**
 * The line, without its first word, that stands before the cursor where `text` is being typed for a parameter.
 *
 * What else is given stands before it: which columns there are depends on the data.
 */
export function lineTo(operation: IOperation, parameters: Parameters, name: string, text: string): string {
  const properties = Object.entries(operation.parameters.properties);
  const isGiven = (other: string): boolean => parameters[other] !== undefined && parameters[other] !== null;
  const positionals = properties.filter(([, parameter]) => parameter.positional).map(([other]) => other);
  const place = positionals.indexOf(name);
  const options = properties
    .filter(([other, parameter]) => other !== name && !parameter.positional && isGiven(other))
    .flatMap(([other]) => option(other, parameters[other]));
  const earlier = positionals.slice(0, place).flatMap(other => (isGiven(other) ? words(parameters[other]) : ['-']));
  const before = place < 0 ? [`--${name.replace(/_/g, '-')}`] : earlier;
  const verb = operation.command.split(' ').slice(1);
  return [...verb, ...options, ...before, text].join(' ');
}

function option(name: string, value: unknown): string[] {
  const flag = `--${name.replace(/_/g, '-')}`;
  if (typeof value === 'boolean') {
    return [value ? flag : `--no-${flag.slice(2)}`];
  }
  return words(value).flatMap(word => [flag, word]);
}

function words(value: unknown): string[] {
  if (Array.isArray(value)) {
    return value.map(quoted);
  }
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value).map(([key, item]) => quoted(`${key}=${String(item)}`));
  }
  return [quoted(value)];
}

/** One word as a shell reads it. */
function quoted(value: unknown): string {
  const text = String(value);
  return /^[\w@%+=:,./~-]+$/.test(text) ? text : `'${text.replace(/'/g, `'"'"'`)}'`;
}
