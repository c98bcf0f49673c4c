import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Registry } from '../src/registry';

test('entries stand by rank, then in the order they came', () => {
  const registry = new Registry<{ id: string; rank?: number }>();
  registry.add({ id: 'unranked' });
  registry.add({ id: 'late', rank: 20 });
  registry.add({ id: 'first', rank: 10 });
  registry.add({ id: 'later', rank: 20 });
  assert.deepEqual(
    registry.entries.map(entry => entry.id),
    ['first', 'late', 'later', 'unranked']
  );
});

test('disposing takes the entry away, and both are announced', () => {
  const registry = new Registry<{ id: string }>();
  const seen: number[] = [];
  registry.changed.connect(() => seen.push(registry.entries.length));
  const held = registry.add({ id: 'a' });
  registry.add({ id: 'b' });
  held.dispose();
  held.dispose();
  assert.deepEqual(seen, [1, 2, 1]);
  assert.deepEqual(
    registry.entries.map(entry => entry.id),
    ['b']
  );
});

test('two entries of one name are refused', () => {
  const registry = new Registry<{ id: string }>();
  registry.add({ id: 'a' });
  assert.throws(() => registry.add({ id: 'a' }), /already called 'a'/);
});
