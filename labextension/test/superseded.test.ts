import assert from 'node:assert/strict';
import { test } from 'node:test';

import { movedWords, seenIn, seenText } from '../src/superseded';
import type { IMoved } from '../src/superseded';
import { trans } from './fixtures';

const seen = { asked: 'loans@main', repo: 'loans', commit: '3f9c21aabbcc' };
const moved = (changes: Partial<IMoved>): IMoved => ({
  ...seen,
  now: 'ff',
  newer: true,
  behind: 1,
  gone: null,
  ...changes
});

test('the versions of an output are read from its metadata, and nothing else is', () => {
  assert.deepEqual(seenIn({ trustlab: { schema: 1, refs: [seen, { asked: 5 }, null] } }), [seen]);
  for (const other of [null, {}, { trustlab: 1 }, { trustlab: { refs: 'loans' } }, { isolated: true }]) {
    assert.deepEqual(seenIn(other), []);
  }
  assert.equal(seenText(seen), 'loans@main=3f9c21aabbcc');
});

test('a cell says what it was made from and how far the branch has moved', () => {
  assert.equal(movedWords(moved({}), trans), 'Made from loans@3f9c21aa; main has moved on since, by one version.');
  assert.match(movedWords(moved({ behind: 3 }), trans), /main has moved on since, by 3 versions/);
  assert.match(movedWords(moved({ behind: null }), trans), /does not follow from it/);
  assert.match(movedWords(moved({ asked: 'loans' }), trans), /; loans has moved on/);
});
