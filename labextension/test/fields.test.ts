import assert from 'node:assert/strict';
import { test } from 'node:test';

import { fieldOf, fieldsOf, missing, parametersOf, subjectOf, textOf, textsOf } from '../src/fields';
import { operation } from './fixtures';

const record = operation({
  parameters: {
    required: ['target'],
    properties: {
      level: { type: 'number', default: 0.95, minimum: 0.5, maximum: 1 },
      target: { type: 'string', format: 'column' },
      only: { type: ['array', 'null'], items: { type: 'string' }, default: null },
      option: { type: ['object', 'null'], default: null },
      force: { type: 'boolean', default: false },
      rows: { type: 'string', enum: ['held-out', 'all'], default: 'held-out' },
      note: { type: 'string', default: 'none' }
    }
  }
});
const fields = fieldsOf(record);

test('required fields come first, and each kind has its control', () => {
  assert.deepEqual(
    fields.map(field => [field.name, field.kind]),
    [
      ['target', 'text'],
      ['level', 'number'],
      ['only', 'list'],
      ['option', 'pairs'],
      ['force', 'boolean'],
      ['rows', 'choice'],
      ['note', 'text']
    ]
  );
});

test('what was not changed is not sent', () => {
  assert.deepEqual(parametersOf(fields, {}), {});
  assert.deepEqual(parametersOf(fields, { level: '0.95', rows: 'held-out', force: 'false', only: '', target: ' ' }), {});
});

test('texts become values of the right type; what is no number goes to the server as it is', () => {
  const texts = { target: 'y', level: '0.9', only: 'fairness\n\n privacy ', option: 'a = 1\nb=x=y', force: 'true', rows: 'all' };
  assert.deepEqual(parametersOf(fields, texts), {
    target: 'y',
    level: 0.9,
    only: ['fairness', 'privacy'],
    option: { a: '1', b: 'x=y' },
    force: true,
    rows: 'all'
  });
  assert.deepEqual(parametersOf(fields, { level: 'much' }), { level: 'much' });
  assert.deepEqual(parametersOf(fields, { note: '' }), { note: '' });
});

test('parameters survive the way through the fields', () => {
  const parameters = { target: 'y', level: 0.9, only: ['a', 'b'], option: { k: 'v' }, force: true };
  assert.deepEqual(parametersOf(fields, textsOf(parameters)), parameters);
  assert.equal(textOf(null), '');
});

test('empty required fields are named, and a refusal finds the field it speaks of', () => {
  assert.deepEqual(missing(fields, { target: ' ' }), ['target']);
  assert.deepEqual(missing(fields, { target: 'y' }), []);
  assert.equal(fieldOf(fields, "audit: level must be at most 1; got 2"), 'level');
  assert.equal(fieldOf(fields, 'the workspace is locked'), null);
});

test('what a form is about is its first short text, in the order of the schema', () => {
  assert.equal(subjectOf(record, {}), null);
  assert.equal(subjectOf(record, { note: 'why', target: ' income ' }), 'income');
  assert.equal(subjectOf(record, { target: 'x'.repeat(40), only: 'fairness' }), 'fairness');
  assert.equal(subjectOf(record, { rows: 'all', level: '0.9', only: 'a\nb' }), null);
});
