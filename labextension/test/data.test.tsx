import assert from 'node:assert/strict';
import { test } from 'node:test';

import * as React from 'react';
import { renderToStaticMarkup } from 'react-dom/server';

import { ApiError } from '../src/api';
import type { IDocument, Parameters } from '../src/api';
import { actionsOf } from '../src/panels/data/actions';
import type { IDataServices } from '../src/panels/data/actions';
import { cellOf, codeFor, codeOf } from '../src/panels/data/code';
import { DataModel } from '../src/panels/data/model';
import { pageOf, refOf, repoOf, sizeText } from '../src/panels/data/records';
import type { ICommit } from '../src/panels/data/records';
import { DataRow } from '../src/panels/data/rows';
import { trans } from './fixtures';

const HOSTILE = '<img src=x onerror=alert(1)>';

const commit = (changes: Partial<ICommit> = {}): ICommit => ({
  commit: '3f9c21'.padEnd(64, '0'),
  repo: 'loans',
  parents: ['a'.repeat(64)],
  author: 'Ann',
  time: '2026-11-01T10:00:00+00:00',
  message: 'October',
  files: 1,
  bytes: 1_400_000,
  tags: ['v1'],
  path: 'loans.parquet',
  ...changes
});

const told = (payload: object): IDocument => payload as unknown as IDocument;

/** A model over answers by operation, and what it asked. */
function walking(answers: Record<string, unknown>): { model: DataModel; asked: [string, Parameters][] } {
  const asked: [string, Parameters][] = [];
  const model = new DataModel(async (operation, parameters) => {
    asked.push([operation, parameters]);
    const answer = answers[operation];
    if (answer instanceof Error) {
      throw answer;
    }
    return told(answer as object);
  });
  return { model, asked };
}

const silent: IDataServices = {
  form: () => undefined,
  show: async () => undefined,
  openRun: () => undefined,
  insert: () => undefined,
  upload: async () => null
};

test('the code that reads a file is that of its kind', () => {
  const expressions: Record<string, string> = {
    'loans.parquet': 'pd.read_parquet("trust://loans@3f9c21/loans.parquet")',
    'part/loans.CSV': 'pd.read_csv("trust://loans@3f9c21/part/loans.CSV")',
    'loans.csv.gz': 'pd.read_csv("trust://loans@3f9c21/loans.csv.gz")',
    'loans.tsv': 'pd.read_csv("trust://loans@3f9c21/loans.tsv", sep="\\t")',
    'loans.jsonl': 'pd.read_json("trust://loans@3f9c21/loans.jsonl", lines=True)',
    'cat.png': 'Image.open(fsspec.open("trust://loans@3f9c21/cat.png").open())',
    'loans.parquet.gz': 'fsspec.open("trust://loans@3f9c21/loans.parquet.gz").open().read()',
    model: 'fsspec.open("trust://loans@3f9c21/model").open().read()'
  };
  for (const [path, expression] of Object.entries(expressions)) {
    assert.equal(codeFor('loans@3f9c21', path).expression, expression);
  }
  assert.equal(codeFor('loans@3f9c21', null).expression, 'fsspec.filesystem("trust").find("loans@3f9c21")');
  assert.equal(cellOf(codeFor('l', 'a.csv')), 'import pandas as pd\n\npd.read_csv("trust://l/a.csv")');
});

test('a name cannot end the text that it stands in', () => {
  const { expression } = codeFor('loans', 'a"); import os; ("\\\n.csv');
  assert.equal(expression, 'pd.read_csv("trust://loans/a\\"); import os; (\\"\\\\\\n.csv")');
});

test('sizes, refs and repos', () => {
  assert.deepEqual([0, 999, 1400, 123_456, 2_000_000_000].map(sizeText), ['0 B', '999 B', '1.4 kB', '123 kB', '2 GB']);
  assert.equal(refOf(commit()), 'loans@3f9c21000000');
  assert.deepEqual(['loans.csv', 'C:\\x\\my loans (2).csv', '.csv', '<b>.csv'].map(repoOf), ['loans', 'my-loans-2', 'csv', 'b']);
  assert.equal(repoOf('…'), 'data');
});

test('an answer that is no list is refused, not shown as empty', () => {
  assert.throws(() => pageOf(told({ operation: 'data.ls', entries: null }), 'entries'), /data.ls: entries must be a list/);
  assert.deepEqual(pageOf(told({ entries: [1], total: 9 }), 'entries'), { items: [1], total: 9 });
});

test('a repo of one branch opens its versions, another its branches; each page is asked for with its words', async () => {
  const branch = { repo: 'loans', branch: 'main', commit: 'c', time: '', message: '', files: 1, bytes: 1 };
  const { model, asked } = walking({
    'data.branches': { branches: [branch], total: 1 },
    'data.log': { commits: [commit()], total: 10_000 }
  });
  await model.openRepo('loans');
  await model.pages.refresh();
  assert.deepEqual(model.trail.map(level => level.kind), ['names', 'branches', 'versions']);
  assert.equal(model.pages.total, 10_000);
  await model.pages.filter('oct ann');
  assert.deepEqual(asked.at(-1), ['data.log', { ref: 'loans@main', limit: 50, offset: 0, matching: 'oct ann' }]);
  model.up(1);
  assert.equal(model.level.kind, 'branches');
  const many = walking({ 'data.branches': { branches: [branch, branch], total: 2 } });
  await many.model.openRepo('loans');
  assert.equal(many.model.level.kind, 'branches');
});

test('no workspace is an empty list that teaches; another refusal is shown', async () => {
  const { model } = walking({ 'data.ls': new ApiError('not_found', 'no workspace', null) });
  await model.pages.refresh();
  assert.deepEqual([model.pages.loaded, model.pages.total, model.pages.error], [true, 0, null]);
  const newer = walking({ 'data.ls': new ApiError('refused', 'written by a newer trustlab', 'Update it') });
  await newer.model.pages.refresh();
  assert.match(String(newer.model.pages.error), /newer trustlab/);
});

test('a version of one file is that file; one of many is a list of them', () => {
  assert.equal(codeOf(commit()).expression, 'pd.read_parquet("trust://loans@3f9c21000000/loans.parquet")');
  assert.match(codeOf(commit({ files: 2, path: null })).expression, /find/);
});

test('what a version can do follows from what was picked', () => {
  const { model } = walking({});
  const row = { kind: 'commit', commit: commit() } as const;
  const labels = (): string[] => actionsOf(row, model, silent, trans).map(action => action.label);
  assert.deepEqual(labels(), [
    'What changed in loans@3f9c21000000',
    'Compare others with loans@3f9c21000000',
    'Train a model on loans@3f9c21000000 …',
    'Check out loans@3f9c21000000 …',
    'Where loans@3f9c21000000 comes from, and what was made of it',
    'The files of loans@3f9c21000000',
    'Insert loans@3f9c21000000 into the notebook'
  ]);
  model.pick(commit({ commit: 'b'.repeat(64) }));
  assert.ok(labels().includes('What differs from loans@bbbbbbbbbbbb to loans@3f9c21000000'));
  assert.ok(labels().includes('Look for drift from loans@bbbbbbbbbbbb to loans@3f9c21000000'));
  model.pick(null);
  const first = { kind: 'commit', commit: commit({ parents: [] }) } as const;
  assert.ok(!actionsOf(first, model, silent, trans).some(action => action.label.startsWith('What changed')));
});

test('the comparison asks for what was picked first, then this', () => {
  const { model } = walking({});
  const shown: [string, Parameters][] = [];
  const services = { ...silent, show: async (operation: string, parameters: Parameters) => void shown.push([operation, parameters]) };
  model.pick(commit({ commit: 'b'.repeat(64) }));
  actionsOf({ kind: 'commit', commit: commit() }, model, services, trans).slice(0, 2).forEach(action => action.run());
  assert.deepEqual(shown, [
    ['data.diff', { before: 'loans@bbbbbbbbbbbb', after: 'loans@3f9c21000000' }],
    ['drift', { reference: 'loans@bbbbbbbbbbbb', current: 'loans@3f9c21000000' }]
  ]);
});

test('names, messages, authors and tags are text', () => {
  const hostile = commit({ repo: HOSTILE, message: HOSTILE, author: HOSTILE, tags: [HOSTILE], time: HOSTILE });
  const place = { path: HOSTILE, type: 'file', bytes: 1, reason: HOSTILE } as const;
  const rows = [
    { kind: 'commit', commit: hostile },
    { kind: 'place', place },
    { kind: 'branch', branch: { ...hostile, branch: HOSTILE } }
  ] as const;
  for (const row of rows) {
    const markup = renderToStaticMarkup(<DataRow row={row} picked={null} trans={trans} />);
    assert.doesNotMatch(markup, /<img/);
    assert.match(markup, /&lt;img src=x/);
  }
});

test('an answer that comes late moves nobody who has gone elsewhere', async () => {
  let answer: (told: IDocument) => void = () => undefined;
  const model = new DataModel(operation =>
    operation === 'data.branches'
      ? new Promise(done => (answer = done))
      : Promise.resolve({ entries: [], total: 0 } as unknown as IDocument)
  );
  const late = model.openRepo('loans');
  model.openFiles('incoming', '', null);
  answer({ branches: [{ repo: 'loans', branch: 'main' }], total: 1 } as unknown as IDocument);
  await late;
  assert.equal(model.level.kind, 'files');
});
