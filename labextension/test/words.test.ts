import assert from 'node:assert/strict';
import { test } from 'node:test';

import { SEVERITY } from '../src/generated';
import { cellText, statusWords, timeAgo } from '../src/words';
import { trans } from './fixtures';

const NOW = Date.parse('2026-11-21T12:00:00Z');

test('time ago, in words', () => {
  const words = (started: string): string => timeAgo(started, NOW, 'en');
  assert.equal(words('2026-11-21T11:59:58Z'), 'now');
  assert.equal(words('2026-11-21T11:58:00+00:00'), '2 min. ago');
  assert.equal(words('2026-11-20T12:00:00Z'), 'yesterday');
  assert.equal(words('2026-11-21T12:00:09Z'), 'now');
  assert.equal(words('soon'), 'soon');
});

test('each status has an icon and a word of its own', () => {
  const all = SEVERITY.map(status => statusWords(status, trans));
  assert.equal(new Set(all.map(one => one.icon)).size, SEVERITY.length);
  assert.equal(new Set(all.map(one => one.word)).size, SEVERITY.length);
});

test('cells are short, and what is missing is a dash', () => {
  assert.equal(cellText(0.123456), '0.123');
  assert.equal(cellText(2380), '2380');
  assert.equal(cellText(12345.6), '12346');
  assert.equal(cellText(-250.4), '-250');
  assert.equal(cellText(99.96), '100');
  assert.equal(cellText(null), '–');
  assert.equal(cellText(false), 'false');
});
