import assert from 'node:assert/strict';
import { test } from 'node:test';

import { curvesOf, readableTimes } from '../src/renderers/curves';
import { layersOf } from '../src/renderers/layers';
import { scaleOf, ticksOf } from '../src/renderers/scale';

test('a scale holds its values, shares stay within 0 and 1, and ticks are round', () => {
  const shares = scaleOf([0.2, 1], 100, 0);
  assert.equal(shares.high, 1);
  assert.ok(shares.low >= 0 && shares(1) === 0);
  assert.deepEqual(ticksOf(scaleOf([0, 10], 0, 1, true)), [0, 2.5, 5, 7.5, 10]);
  assert.ok(scaleOf([-3, -1], 0, 100, true).high === 0);
  assert.equal(ticksOf(scaleOf([], 0, 1)).every(Number.isFinite), true);
});

test('long curves are thinned, missing numbers stay gaps', () => {
  const rows = Array.from({ length: 1000 }, (_, at) => [at, at === 4 ? null : at]);
  const base = { kind: 'series', name: 's', title: null, units: {}, caption: null, group: null, mark: 'line', reference: {} } as const;
  const [curve] = curvesOf({ ...base, columns: ['x', 'y'], rows, x: 'x', y: ['y', 'absent'] });
  assert.equal(curve?.points.length, 250);
  assert.equal(curve?.points[1]?.y, null);
  assert.deepEqual(curvesOf({ ...base, columns: ['y'], rows: [[1]], x: 'x', y: ['y'] }), []);
});

test('times are read as days, or as the clock of one day', () => {
  assert.deepEqual(readableTimes(['2026-11-01T00:00:00+00:00', '2026-11-02T00:00:00+00:00']), ['2026-11-01', '2026-11-02']);
  assert.deepEqual(readableTimes(['2026-11-01T09:00:00+00:00', '2026-11-01T10:00:00+00:00']), ['09:00:00', '10:00:00']);
  assert.deepEqual(readableTimes(['a', '2026-11-01']), ['a', '2026-11-01']);
});

test('a node stands right of what leads to it, also in a circle', () => {
  const edge = (source: string, target: string) => ({ source, target, words: '' });
  const layers = layersOf(['d', 'a', 'b', 'c'], [edge('a', 'b'), edge('b', 'c'), edge('a', 'c'), edge('c', 'd')]);
  assert.deepEqual([...'abcd'].map(node => layers.get(node)), [0, 1, 2, 3]);
  const circle = layersOf(['a', 'b'], [edge('a', 'b'), edge('b', 'a')]);
  assert.deepEqual([...circle.values()].sort(), [0, 1]);
});
