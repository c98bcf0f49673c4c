import assert from 'node:assert/strict';
import { test } from 'node:test';

import { lastAsked } from '../src/asked';
import { promotionRequest, proposedName, valueText } from '../src/promotion';
import type { IDraftAnswer } from '../src/answers';
import { operation } from './fixtures';

const AUDIT = operation({
  parameters: {
    properties: {
      model: { type: 'string', positional: true },
      data: { type: 'string' },
      sensitive: { type: 'string' },
      only: { type: ['array', 'null'] },
      quick: { type: 'boolean' }
    },
    required: []
  }
});

const asked = (...sources: string[]): unknown => lastAsked(sources, AUDIT);

test('the last audit of the notebook counts, with its words', () => {
  assert.equal(asked('print(1)', '%trust auditor x', '%trust train --data x'), null);
  assert.deepEqual(asked('%trust audit old', 'report = %trust audit lender --data loans@main --sensitive race'), {
    model: 'lender',
    data: 'loans@main',
    sensitive: 'race'
  });
  assert.deepEqual(asked('%trust audit'), {});
});

test('quotes, equals signs, lists, switches, continued lines and comments are read as a shell reads them', () => {
  const line = "%trust audit --data='my loans.csv' --only fairness --only quality \\\n  --no-quick --zone x lender  # later";
  assert.deepEqual(asked(line), {
    model: 'lender',
    data: 'my loans.csv',
    only: ['fairness', 'quality'],
    quick: false
  });
});

test('a name in braces is the text that a cell assigns; what nobody assigns is left out', () => {
  const cells = ['data = "loans@main"  # the version\nother = f(2)', '%trust audit $model --data {data} --sensitive {other}'];
  assert.deepEqual(asked(...cells), { data: 'loans@main' });
});

test('a notebook proposes its name, and only what differs is sent', () => {
  assert.equal(proposedName('a b/my report (2).ipynb'), 'my-report-2');
  assert.equal(proposedName('§.ipynb'), 'pipeline');
  assert.deepEqual([valueText(null), valueText('x'), valueText(3), valueText([1])], ['', 'x', '3', '[1]']);
  const draft = {
    parameters: [
      { name: 'data', type: 'str', default: 'loans@main', value: 'loans@main' },
      { name: 'n', type: 'int', default: 3, value: 3 }
    ]
  } as unknown as IDraftAnswer;
  const typed = { name: ' weekly ', cron: '', timezone: 'UTC', values: { n: '3', data: 'loans@v2', gone: '1' } };
  assert.deepEqual(promotionRequest('a.ipynb', typed, draft), {
    notebook: 'a.ipynb',
    name: 'weekly',
    parameters: { data: 'loans@v2' }
  });
  assert.deepEqual(promotionRequest('a.ipynb', { ...typed, cron: '0 6 * * MON', values: {} }, draft), {
    notebook: 'a.ipynb',
    name: 'weekly',
    cron: '0 6 * * MON',
    timezone: 'UTC'
  });
});
