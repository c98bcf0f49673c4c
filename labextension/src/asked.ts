import type { IOperation, Parameters } from './api';

/**
 * What a notebook's magics asked an operation for last; null where they never did.
 *
 * A `{name}` or `$name` stands for a text that a cell assigns to that name; what cannot be told is left out.
 */
export function lastAsked(sources: readonly string[], operation: IOperation): Parameters | null {
  const verb = operation.command.replace(/^trust /, '').replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const pattern = new RegExp(`%{1,2}trust\\s+${verb.replace(/ /g, '\\s+')}(?=\\s|$)((?:[^\\n\\\\]|\\\\\\n?)*)`, 'g');
  const texts = assigned(sources);
  const lines = sources.flatMap(source => [...source.matchAll(pattern)].map(match => match[1] ?? ''));
  const last = lines.at(-1);
  return last === undefined ? null : parametersOf(words(last), operation, texts);
}

/** The texts that cells assign to plain names; a later one wins. */
function assigned(sources: readonly string[]): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const match of sources.join('\n').matchAll(/^([A-Za-z_]\w*)\s*=\s*(?:'([^'\n]*)'|"([^"\n]*)")\s*(?:#.*)?$/gm)) {
    found.set(match[1] ?? '', match[2] ?? match[3] ?? '');
  }
  return found;
}

/** The words of a line as a shell splits it; a comment ends it. */
function words(line: string): readonly string[] {
  const found = line.replace(/\\\n/g, ' ').matchAll(/(?:'[^']*'|"[^"]*"|[^\s'"])+/g);
  const all = [...found].map(match => match[0]);
  const comment = all.findIndex(word => word.startsWith('#'));
  return (comment < 0 ? all : all.slice(0, comment)).map(word => word.replace(/'([^']*)'|"([^"]*)"/g, '$1$2'));
}

function parametersOf(given: readonly string[], operation: IOperation, texts: ReadonlyMap<string, string>): Parameters {
  const { properties } = operation.parameters;
  const positional = Object.keys(properties).filter(name => properties[name]?.positional);
  const found: Record<string, unknown> = {};
  const set = (name: string, word: string): void => {
    const value = resolved(word, texts);
    const type = properties[name]?.type ?? 'string';
    if (value !== null) {
      const isList = (typeof type === 'string' ? [type] : type).includes('array');
      found[name] = isList ? [...((found[name] as string[] | undefined) ?? []), value] : value;
    }
  };
  for (let at = 0; at < given.length; at++) {
    const word = given[at] ?? '';
    const [flag, ...rest] = word.split('=');
    const name = (flag ?? '').replace(/^--(no-)?/, '').replace(/-/g, '_');
    if (!word.startsWith('-')) {
      const next = positional.find(one => found[one] === undefined);
      if (next) {
        set(next, word);
      }
    } else if (properties[name]?.type === 'boolean') {
      found[name] = !word.startsWith('--no-');
    } else {
      // An option that is not known here, a short one too, takes its value with it.
      const value = rest.length > 0 ? rest.join('=') : given[++at];
      if (value !== undefined && properties[name]) {
        set(name, value);
      }
    }
  }
  return found;
}

/** A word with its `{name}` or `$name` filled in; null where nobody says what it is. */
function resolved(word: string, texts: ReadonlyMap<string, string>): string | null {
  let known = true;
  const text = word.replace(/\{([A-Za-z_]\w*)\}|\$([A-Za-z_]\w*)/g, (_, braced?: string, plain?: string) => {
    const value = texts.get(braced ?? plain ?? '');
    known = known && value !== undefined;
    return value ?? '';
  });
  return known && !/[{}]/.test(text) ? text : null;
}
