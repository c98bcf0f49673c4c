import assert from 'node:assert/strict';
import { test } from 'node:test';

import * as React from 'react';
import { renderToStaticMarkup } from 'react-dom/server';

import type { IDocument, Parameters } from '../src/api';
import { DriftModel } from '../src/panels/drift/model';
import { DriftSection } from '../src/panels/drift/section';
import { trans } from './fixtures';

const HOSTILE = '<img src=x onerror=alert(1)>';
console.error = () => undefined;

const commit = (id: string, message = ''): object => ({
  commit: id.padEnd(64, '0'),
  repo: 'loans',
  message,
  time: '2026-11-01T10:00:00',
  parents: [],
  files: 1,
  bytes: 1,
  tags: []
});

function model(commits: object[], repos = ['loans', 'other']): DriftModel {
  const answers: Record<string, object> = {
    'data.ls': { entries: [{ path: 'repository', type: 'mount', bytes: null }, ...repos.map(repo)], total: 3 },
    'data.branches': {
      branches: [{ branch: 'later' }, { branch: 'main' }].slice(commits.length > 0 ? 0 : 2),
      total: 2
    },
    'data.log': { commits, total: commits.length }
  };
  return new DriftModel({
    read: async (operation: string, _parameters: Parameters) => answers[operation] as IDocument,
    runs: async () => ({ items: [], total: 0 })
  });
}

const repo = (path: string): object => ({ path, type: 'repo', bytes: null });

const shown = (drift: DriftModel): string =>
  renderToStaticMarkup(
    <DriftSection
      model={drift}
      services={{ form: () => undefined, show: async () => undefined, openRun: () => undefined }}
      trans={trans}
      retry={() => undefined}
    />
  );

test('the newest is compared with the one before, where nobody says otherwise', async () => {
  const drift = model([commit('aa'), commit('bb', 'September')]);
  await drift.refresh();
  assert.deepEqual(drift.repos, ['loans', 'other']);
  assert.deepEqual([drift.reference, drift.current], ['loans@bb0000000000', 'loans@main']);
  assert.equal(drift.choices.length, 4);
  drift.choose('reference', 'loans@later');
  await drift.refresh();
  assert.equal(drift.reference, 'loans@later');
});

test('what was picked in one repo is not asked of another', async () => {
  const drift = model([commit('aa'), commit('bb')]);
  await drift.refresh();
  await drift.chooseRepo('other');
  assert.equal(drift.current, 'other@main');
});

test('one version cannot be compared with itself', async () => {
  const drift = model([commit('aa'), commit('bb')]);
  await drift.refresh();
  drift.choose('reference', 'loans@main');
  await drift.pages.refresh();
  assert.match(shown(drift), /disabled="" title="These are one version; choose two."/);
  drift.choose('reference', 'loans@later');
  assert.doesNotMatch(shown(drift), /type="submit"[^>]*disabled/);
});

test('with no data it teaches; messages of versions are text', async () => {
  const none = model([], []);
  await none.refresh();
  await none.pages.refresh();
  assert.match(shown(none), /Drift is between two versions of data/);
  const hostile = model([commit('aa', HOSTILE)]);
  await hostile.refresh();
  const markup = shown(hostile);
  assert.doesNotMatch(markup, /<img/);
  assert.match(markup, /&lt;img src=x/);
});

test('what could not be looked for is trouble, not nothing', async () => {
  const broken = new DriftModel({
    read: () => Promise.reject(new Error('the store is locked')),
    runs: async () => ({ items: [], total: 0 })
  });
  await broken.refresh();
  assert.match(String(broken.trouble), /the store is locked/);
  await broken.pages.refresh();
  const markup = shown(broken);
  assert.match(markup, /the store is locked/);
  assert.doesNotMatch(markup, /Drift is between two versions of data/);
});
