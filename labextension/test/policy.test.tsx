import assert from 'node:assert/strict';
import { test } from 'node:test';

import * as React from 'react';
import { renderToStaticMarkup } from 'react-dom/server';

import type { IPolicyAnswer } from '../src/answers';
import { ApiError } from '../src/api';
import type { IDocument, Parameters } from '../src/api';
import { PolicyModel } from '../src/panels/policy/model';
import { PolicyEditor } from '../src/panels/policy/editor';
import { amendment, auditAgain, checksOf, limitText } from '../src/policy';
import { trans } from './fixtures';

const HOSTILE = '<img src=x onerror=alert(1)>';
const RATES = 'fairness.error_rates';

function answer(changes: Partial<IPolicyAnswer> = {}): IPolicyAnswer {
  const told = { question: 'How far apart?', better: 'lower' as const, own: null };
  return {
    policy: {
      name: HOSTILE,
      owner: HOSTILE,
      checks: {
        [RATES]: { warn: 1.1, fail: 1.25, source: HOSTILE, owner: 'Risk', reason: HOSTILE },
        'quality.constant': { warn: 0, fail: null, source: 'by definition' }
      },
      waivers: [{ check: RATES, until: '2020-01-01', owner: HOSTILE, reason: 'old' }]
    },
    limits: 'abc',
    revision: 'r1',
    checks: {
      [RATES]: { title: 'Error rates', set: true, ...told },
      'quality.constant': { title: 'Constant columns', set: false, ...told }
    },
    audits: [{ run: 'a1', model: HOSTILE, started: '2026-01-01T00:00:00Z' }],
    ...changes
  };
}

/** A server with one policy file, that can be changed by others. */
class Server {
  revision: string | null = 'r1';
  asked: [string, Parameters][] = [];

  read = async (operation: string, parameters: Parameters = {}): Promise<IDocument> => {
    this.asked.push([operation, parameters]);
    if (operation === 'amend') {
      if (parameters['revision'] !== (this.revision ?? 'new')) {
        throw new ApiError('conflict', 'somebody has changed it since', 'Read it again');
      }
      this.revision = 'r2';
      return { summary: 'fail 2, was 1.25' } as unknown as IDocument;
    }
    if (this.revision === null && parameters['file'] !== undefined) {
      throw new ApiError('not_found', 'no such file', null);
    }
    return answer({ revision: parameters['file'] === undefined ? null : this.revision }) as unknown as IDocument;
  };
}

const row = (model: PolicyModel): ReturnType<typeof checksOf>[number][1][number] => {
  const found = checksOf(model.answer as IPolicyAnswer, RATES)[0]?.[1][0];
  assert.ok(found);
  return found;
};

test('checks are found by family, words, owner and reason', () => {
  assert.deepEqual(checksOf(answer(), '').map(([family]) => family), ['fairness', 'quality']);
  assert.deepEqual(checksOf(answer(), 'risk apart').map(([family, rows]) => [family, rows.length]), [['fairness', 1]]);
  assert.deepEqual(checksOf(answer(), 'nothing such'), []);
});

test('only what differs is sent, and an emptied limit is taken away', () => {
  const [first] = checksOf(answer(), RATES)[0]?.[1] ?? [];
  assert.ok(first);
  assert.equal(amendment('p.yaml', first, { warn: '1.1', owner: 'Risk' }, 'r1'), null);
  assert.deepEqual(amendment('p.yaml', first, { warn: '', fail: ' 1.3 ', ask: true }, 'r1'), {
    file: 'p.yaml',
    check: RATES,
    warn: 'none',
    fail: '1.3',
    revision: 'r1'
  });
});

test('a limit is shown as it is, not rounded', () => {
  assert.deepEqual([limitText(null), limitText(0.12345), limitText(2), limitText(1.25)], ['none', '0.12345', '2', '1.25']);
});

test('the last audit is asked again with the policy, and nothing is too little', () => {
  assert.deepEqual(auditAgain({ model: 'lender', policy: 'old.yaml' }, 'p.yaml'), { model: 'lender', policy: 'p.yaml' });
  assert.deepEqual(auditAgain(undefined, 'p.yaml'), { policy: 'p.yaml' });
});

test('a change is saved with what was read, and read again', async () => {
  const server = new Server();
  const model = new PolicyModel(server, 'p.yaml');
  await model.load();
  model.type(RATES, { fail: '2' });
  await model.save(row(model));
  assert.deepEqual(server.asked.map(([operation]) => operation), ['policy', 'amend', 'policy']);
  assert.deepEqual([model.saved, model.refused, model.edit(RATES)], ['fail 2, was 1.25', null, undefined]);
});

test('what is typed while a change is being saved stays', async () => {
  const model = new PolicyModel(new Server(), 'p.yaml');
  await model.load();
  model.type(RATES, { fail: '2' });
  const saving = model.save(row(model));
  model.type(RATES, { fail: '2', reason: 'because' });
  await saving;
  assert.deepEqual(model.edit(RATES), { fail: '2', reason: 'because' });
});

test('a file that another tab changed refuses the change, and what was typed stays', async () => {
  const server = new Server();
  const model = new PolicyModel(server, 'p.yaml');
  await model.load();
  model.type(RATES, { fail: '2' });
  server.revision = 'other';
  await model.load(); // as the page does by itself, after whatever happens
  await model.save(row(model));
  assert.match(String(model.refused?.error), /somebody has changed it since/);
  assert.deepEqual(model.edit(RATES), { fail: '2' });
  await model.reload();
  assert.equal(model.refused, null);
  await model.save(row(model));
  assert.deepEqual([model.refused, model.edit(RATES)], [null, undefined]);
});

test('a change of this page is no change by somebody else to what is typed beside it', async () => {
  const server = new Server();
  const model = new PolicyModel(server, 'p.yaml');
  await model.load();
  model.type('quality.constant', { fail: '1' });
  model.type(RATES, { fail: '2' });
  await model.save(row(model));
  const [constant] = checksOf(model.answer as IPolicyAnswer, 'constant')[0]?.[1] ?? [];
  assert.ok(constant);
  await model.save(constant);
  assert.equal(model.refused, null);
});

test('without a file the default is shown, and the first change says that it is new', async () => {
  const server = new Server();
  server.revision = null;
  const model = new PolicyModel(server, 'p.yaml');
  await model.load();
  assert.equal(model.isFile, false);
  model.type(RATES, { fail: '2' });
  await model.save(row(model));
  assert.equal(server.asked.find(([operation]) => operation === 'amend')?.[1]['revision'], 'new');
});

test('what cannot be read is said, and what was there stays', async () => {
  const server = new Server();
  const model = new PolicyModel(server, 'p.yaml');
  await model.load();
  server.read = () => Promise.reject(new ApiError('damaged', 'a newer workspace', null));
  await model.load();
  assert.match(String(model.error), /newer/);
  assert.notEqual(model.answer, null);
});

test('hostile words are text everywhere in the editor, fields included', async () => {
  const model = new PolicyModel(new Server(), HOSTILE);
  await model.load();
  model.type(RATES, {});
  const actions = { audit: () => Promise.resolve(), open: () => undefined, waive: () => undefined };
  const markup = renderToStaticMarkup(<PolicyEditor model={model} actions={actions} trans={trans} />);
  assert.doesNotMatch(markup, /<img/);
  assert.match(markup, /expired on 2020-01-01/);
  assert.match(markup, /aria-label="End the waiver of fairness.error_rates"/);
  assert.match(markup, /aria-label="Change Error rates"/);
  assert.match(markup, /value="1.25"/);
});
