import assert from 'node:assert/strict';
import { test } from 'node:test';

import { grouped, matching, parameterView } from '../src/catalogue';
import { operation, trans } from './fixtures';

const OPERATIONS = [
  operation({}),
  operation({ id: 'data.commit', family: 'data', title: 'Commit' }),
  operation({ id: 'fairness.error_rates', kind: 'check', family: 'fairness', title: 'Error rates' })
];
const ids = (found: readonly { id: string }[]): string[] => found.map(one => one.id);

test('the filter wants every word, in any field and any case', () => {
  assert.deepEqual(ids(matching(OPERATIONS, 'Fairness RATES')), ['fairness.error_rates']);
  assert.deepEqual(ids(matching(OPERATIONS, 'explainer commit')), []);
  assert.deepEqual(ids(matching(OPERATIONS, '  ')), ids(OPERATIONS));
});

test('the everyday verbs stand first, and an empty family is not shown', () => {
  assert.deepEqual(
    grouped(OPERATIONS.slice().reverse(), 'everyday').map(([family]) => family),
    ['everyday', 'fairness', 'data']
  );
  assert.deepEqual(grouped(OPERATIONS.slice(1), 'everyday').map(([family]) => family), ['data', 'fairness']);
});

test('the parameters are a table, required first', () => {
  const properties = {
    limit: { type: 'integer', default: 20, description: 'At most so many.' },
    mode: { type: 'string', enum: ['a', 'b'] },
    skip: { type: 'array', default: null }
  };
  const view = parameterView(operation({ parameters: { properties, required: ['mode'] } }), trans);
  assert.deepEqual(view.rows, [
    ['mode', 'One of a, b. Required.'],
    ['limit', 'At most so many. Default: 20.'],
    ['skip', '']
  ]);
});
