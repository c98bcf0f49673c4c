import assert from 'node:assert/strict';
import { test } from 'node:test';

import { choices, chosen, EVERYTHING, worstFirst } from '../src/findings';
import type { IResult, Status } from '../src/generated';

const finding = (id: string, status: Status, reason = ''): IResult => ({
  status,
  reason,
  value: null,
  unit: null,
  interval: null,
  level: null,
  n: null,
  p_value: null,
  views: [],
  advice: [],
  id,
  title: id,
  threshold: null,
  provenance: {}
});
const results = [
  finding('quality.missing', 'pass'),
  finding('fairness.error_rates', 'warn', 'Women are refused more often'),
  finding('fairness.selection_rate', 'fail'),
  finding('privacy.uniqueness', 'not_applicable')
];
const ids = (found: readonly IResult[]): string[] => found.map(result => result.id);

test('worst first, what could not be asked last', () => {
  assert.deepEqual(ids(worstFirst(results)), [
    'fairness.selection_rate',
    'fairness.error_rates',
    'quality.missing',
    'privacy.uniqueness'
  ]);
});

test('family, status and words narrow together; a status is a word too', () => {
  assert.equal(chosen(results, EVERYTHING).length, 4);
  assert.deepEqual(ids(chosen(results, { ...EVERYTHING, family: 'fairness', status: 'warn' })), ['fairness.error_rates']);
  assert.deepEqual(ids(chosen(results, { ...EVERYTHING, words: 'fail fairness' })), ['fairness.selection_rate']);
  assert.deepEqual(ids(chosen(results, { ...EVERYTHING, words: 'WOMEN' })), ['fairness.error_rates']);
});

test('only what is there can be chosen', () => {
  assert.deepEqual(choices(results), {
    families: ['fairness', 'privacy', 'quality'],
    statuses: ['fail', 'warn', 'pass', 'not_applicable']
  });
});
