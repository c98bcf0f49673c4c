import assert from 'node:assert/strict';
import { test } from 'node:test';

import * as React from 'react';
import { renderToStaticMarkup } from 'react-dom/server';

import { ApiError } from '../src/api';
import type { IDocument, Parameters } from '../src/api';
import type { IAsking } from '../src/asking';
import { ModelRow } from '../src/panels/models/section';
import { actionsOf } from '../src/panels/models/actions';
import { ModelsModel } from '../src/panels/models/model';
import { auditStatus, metricFacts, subjectOf } from '../src/panels/models/records';
import type { IAudit, IModelVersion } from '../src/panels/models/records';
import { trans } from './fixtures';

const HOSTILE = '<img src=x onerror=alert(1)>';

const version = (changes: Partial<IModelVersion> = {}): IModelVersion => ({
  name: 'lender',
  version: 3,
  created: '2026-11-01T10:00:00+00:00',
  champion: false,
  metrics: { roc_auc: 0.81234, brier: 0.2, f1: 0.5 },
  tags: { 'trustlab.data.name': 'loans@main', 'trustlab.data.target': 'approved', 'trustlab.audit_status': 'fail' },
  ...changes
});

function asked(): { forms: [string, Parameters][]; services: IAsking } {
  const forms: [string, Parameters][] = [];
  return {
    forms,
    services: {
      form: (operation: string, parameters: Parameters) => void forms.push([operation, parameters]),
      show: async () => undefined,
      openRun: () => undefined
    }
  };
}

test('the form of an audit is filled in with what the version learned from', () => {
  assert.deepEqual(subjectOf(version()), { model: 'lender@3', data: 'loans@main', target: 'approved' });
  assert.deepEqual(subjectOf(version({ tags: {} })), { model: 'lender@3' });
});

test('what never was audited has no status, and an unknown word is none', () => {
  assert.equal(auditStatus(version()), 'fail');
  assert.equal(auditStatus(version({ tags: {} })), null);
  assert.equal(auditStatus(version({ tags: { 'trustlab.audit_status': 'splendid' } })), null);
  assert.deepEqual(metricFacts(version()), ['roc_auc 0.812', 'brier 0.2']);
});

test('two versions are compared on the data of the second, and a champion cannot be made champion', () => {
  const model = new ModelsModel(async () => ({}) as IDocument);
  const { forms, services } = asked();
  const labels = (one: IModelVersion): string[] =>
    actionsOf({ kind: 'version', version: one }, model, services, trans).map(action => action.label);
  assert.ok(labels(version()).includes('Make lender@3 the champion …'));
  assert.ok(!labels(version({ champion: true })).some(label => label.startsWith('Make')));
  assert.ok(!labels(version()).some(label => label.startsWith('Compare lender')));
  model.pick(version({ version: 2 }));
  const compare = actionsOf({ kind: 'version', version: version() }, model, services, trans).find(action =>
    action.label.startsWith('Compare lender@2 with lender@3')
  );
  compare?.run();
  assert.deepEqual(forms, [['compare', { candidates: ['lender@2', 'lender@3'], data: 'loans@main' }]]);
});

test('the audits of a version are asked for page by page, with their words', async () => {
  const sent: [string, Parameters][] = [];
  const model = new ModelsModel(async (operation, parameters) => {
    sent.push([operation, parameters]);
    return { models: [version()], audits: [], total: 1 } as unknown as IDocument;
  });
  model.show(version());
  await model.pages.refresh();
  await model.pages.filter('fail');
  assert.deepEqual(sent.at(-1), ['model.show', { model: 'lender@3', limit: 50, offset: 0, matching: 'fail' }]);
  model.show(null);
  await model.pages.refresh();
  assert.equal(model.pages.total, 1);
});

test('no workspace is an empty registry; a broken one says so and keeps what was shown', async () => {
  let answer: Error | object = { models: [version()], total: 1 };
  const read = async (): Promise<IDocument> => {
    if (answer instanceof Error) {
      throw answer;
    }
    return answer as IDocument;
  };
  const model = new ModelsModel(read);
  await model.pages.refresh();
  answer = new ApiError('damaged', 'mlflow.db is no database any more', 'Bring it back');
  await model.pages.refresh();
  assert.equal(model.pages.total, 1);
  assert.match(String(model.pages.error), /no database any more/);
  answer = new ApiError('not_found', 'no workspace', null);
  await model.pages.refresh();
  assert.deepEqual([model.pages.total, model.pages.error], [0, null]);
});

test('names, tags and summaries are text', () => {
  const hostile = version({ name: HOSTILE, tags: { 'trustlab.data.name': HOSTILE }, metrics: { [HOSTILE]: 1 } });
  const audit: IAudit = {
    run: '1',
    status: 'fail',
    started: '',
    author: HOSTILE,
    data: HOSTILE,
    policy: null,
    summary: HOSTILE
  };
  const rows = [{ kind: 'version', version: hostile } as const, { kind: 'audit', audit } as const];
  for (const row of rows) {
    const markup = renderToStaticMarkup(<ModelRow row={row} picked={hostile} trans={trans} />);
    assert.doesNotMatch(markup, /<img/);
    assert.match(markup, /&lt;img src=x/);
  }
});
