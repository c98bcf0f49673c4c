import { refOf } from './records';
import type { ICommit } from './records';

/** Code that reads a file of a version: what has to be imported first, and the expression. */
export interface ICode {
  readonly imports: string;
  readonly expression: string;
}

type Reading = (address: string) => ICode;

const pandas =
  (call: string, more = ''): Reading =>
  address => ({ imports: 'import pandas as pd', expression: `pd.${call}(${address}${more})` });

const image: Reading = address => ({
  imports: 'import fsspec\nfrom PIL import Image',
  expression: `Image.open(fsspec.open(${address}).open())`
});

const array: Reading = address => ({
  imports: 'import fsspec\nimport numpy as np',
  expression: `np.load(fsspec.open(${address}).open())`
});

const bytes: Reading = address => ({
  imports: 'import fsspec',
  expression: `fsspec.open(${address}).open().read()`
});

const text: Reading = address => ({
  imports: 'import fsspec',
  expression: `fsspec.open(${address}, "rt").open().read()`
});

const READINGS: Readonly<Record<string, Reading>> = {
  parquet: pandas('read_parquet'),
  csv: pandas('read_csv'),
  tsv: pandas('read_csv', ', sep="\\t"'),
  json: pandas('read_json'),
  jsonl: pandas('read_json', ', lines=True'),
  ndjson: pandas('read_json', ', lines=True'),
  feather: pandas('read_feather'),
  arrow: pandas('read_feather'),
  orc: pandas('read_orc'),
  xlsx: pandas('read_excel'),
  png: image,
  jpg: image,
  jpeg: image,
  npy: array,
  txt: text,
  md: text,
  yaml: text
};
// pandas unpacks these by the name's end.
const PACKED = /\.(gz|bz2|zip|xz|zst)$/;

/**
 * The code that reads `path` of the version `ref`, by the kind of file that its name tells.
 *
 * @param path - Null where the version holds more than one file: the code then lists them.
 */
export function codeFor(ref: string, path: string | null): ICode {
  if (path === null) {
    return { imports: 'import fsspec', expression: `fsspec.filesystem("trust").find(${quoted(ref)})` };
  }
  const name = path.toLowerCase();
  const suffix = /\.([a-z0-9]+)$/.exec(name.replace(PACKED, ''))?.[1] ?? '';
  const reading = READINGS[suffix];
  const packed = PACKED.test(name) && !/^(csv|tsv|json|jsonl|ndjson)$/.test(suffix);
  return (packed || reading === undefined ? bytes : reading)(quoted(`trust://${ref}/${path}`));
}

/** The code that reads a version: its one file, or what lists its files. */
export function codeOf(commit: ICommit): ICode {
  return codeFor(refOf(commit), commit.path);
}

/** The code as a cell of its own. */
export function cellOf(code: ICode): string {
  return `${code.imports}\n\n${code.expression}`;
}

/** A text as Python writes it: its escapes are those of JSON. */
function quoted(value: string): string {
  return JSON.stringify(value);
}
