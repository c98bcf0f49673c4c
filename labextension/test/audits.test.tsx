import assert from 'node:assert/strict';
import { test } from 'node:test';

import * as React from 'react';
import { renderToStaticMarkup } from 'react-dom/server';

import { orNothing } from '../src/answers';
import { ApiError } from '../src/api';
import type { IRun } from '../src/api';
import { RunRow } from '../src/components/run-row';
import { Chosen } from '../src/panels/audits/chosen';
import { AuditsHead } from '../src/panels/audits/head';
import { PageFrame } from '../src/panels/audits/frame';
import { trans } from './fixtures';

const HOSTILE = '<img src=x onerror=alert(1)>';

const run = (id: string, started: string): IRun => ({
  id,
  operation: 'audit',
  title: 'Audit',
  status: 'fail',
  started,
  seconds: 1,
  summary: HOSTILE
});

const actions = { audit: () => undefined, policy: () => undefined, compare: () => undefined };

test('two audits are compared, the earlier first, whichever was chosen first', () => {
  const chosen = new Chosen();
  chosen.toggle(run('late', '2026-02-02T00:00:00Z'));
  assert.equal(chosen.pair, null);
  chosen.toggle(run('early', '2026-01-01T00:00:00Z'));
  assert.deepEqual(chosen.pair, { old: 'early', new: 'late' });
});

test('a third takes the place of the first, and choosing again takes one out', () => {
  const chosen = new Chosen();
  const [a, b, c] = [run('a', '1'), run('b', '2'), run('c', '3')] as const;
  [a, b, c].forEach(one => chosen.toggle(one));
  assert.deepEqual(chosen.pair, { old: 'b', new: 'c' });
  chosen.toggle(b);
  assert.deepEqual([chosen.count, chosen.has(c), chosen.pair], [1, true, null]);
});

test('the comparison is offered once two are chosen', () => {
  const chosen = new Chosen();
  const head = (): string => renderToStaticMarkup(<AuditsHead chosen={chosen} actions={actions} trans={trans} />);
  assert.doesNotMatch(head(), /role="status"/);
  chosen.toggle(run('a', '1'));
  assert.match(head(), /choose another to compare/);
  chosen.toggle(run('b', '2'));
  assert.match(head(), /<button[^>]*>Compare the two<\/button>/);
});

test('a row says status in words and keeps a hostile summary as text', () => {
  const row = renderToStaticMarkup(<RunRow run={run('a', '2026-01-01T00:00:00Z')} mark="chosen" trans={trans} />);
  assert.match(row, /fail/);
  assert.match(row, /chosen/);
  assert.doesNotMatch(row, /<img/);
  assert.match(row, /&lt;img src=x onerror=alert\(1\)&gt;/);
});

test('a page runs in a frame without an origin, whatever it holds', () => {
  const page = { of: 'a', name: HOSTILE, bytes: 1234, html: '<script>alert(1)</script>' };
  const markup = renderToStaticMarkup(<PageFrame page={page} save={() => undefined} trans={trans} />);
  assert.match(markup, /sandbox="allow-scripts"/);
  assert.doesNotMatch(markup, /allow-same-origin/);
  assert.doesNotMatch(markup, /<script|<img/);
});

test('no workspace is nothing to show, not a trouble; anything else is', async () => {
  const page = await orNothing(Promise.reject(new ApiError('not_found', 'no workspace', null)));
  assert.deepEqual(page, { items: [], total: 0 });
  await assert.rejects(orNothing(Promise.reject(new ApiError('damaged', 'newer', null))), /newer/);
});
