import assert from 'node:assert/strict';
import { test } from 'node:test';

import * as React from 'react';
import { renderToStaticMarkup } from 'react-dom/server';

import type { IInterrupted, IJob } from '../src/api';
import { curveView, curveWords } from '../src/curve';
import { RunsHead } from '../src/panels/runs/head';
import { failures } from '../src/panels/runs/failures';
import { Registry } from '../src/registry';
import { renderersWith } from '../src/renderers';
import { Told } from '../src/told';
import type { IRenderer } from '../src/tokens';
import { trans } from './fixtures';

const HOSTILE = '<img src=x onerror=alert(1)>';

const job = (changes: Partial<IJob>): IJob => ({
  id: 'j1',
  operation: 'train',
  title: 'Training',
  state: 'running',
  status: null,
  started: '2026-01-01T00:00:00Z',
  seconds: 3,
  progress: null,
  notice: null,
  run: null,
  read_only: false,
  waited: false,
  error: null,
  parameters: {},
  ...changes
});

const curve = { columns: ['epoch', 'loss', 'held_out_loss'], rows: [[1, 0.9, 1], [2, 0.81234, null]] };

function head(
  running: readonly IJob[],
  failed: readonly IJob[],
  told = new Told(),
  interrupted: readonly IInterrupted[] = []
): string {
  const renderers = new Registry<IRenderer>();
  renderersWith(trans).forEach(renderer => renderers.add(renderer));
  const actions = { stop: () => undefined, open: () => undefined, again: () => undefined, dismiss: () => undefined };
  return renderToStaticMarkup(
    <RunsHead {...{ running, failed, interrupted, told, renderers, actions, trans }} />
  );
}

test('a training becomes a picture once there are two points, and words from the first', () => {
  assert.equal(curveView(job({}), trans), null);
  assert.equal(curveView(job({ curve: { ...curve, rows: curve.rows.slice(0, 1) } }), trans), null);
  const view = curveView(job({ curve }), trans);
  assert.deepEqual([view?.x, view?.y, view?.rows.length], ['epoch', ['loss', 'held_out_loss'], 2]);
  assert.equal(curveWords(job({ curve })), 'epoch 2 · loss 0.812 · held out loss –');
  assert.equal(curveWords(job({})), null);
});

test('what runs has its progress, its numbers and a way to stop it', () => {
  const markup = head([job({ curve, progress: { label: 'training', done: 2, total: 60 } })], []);
  assert.match(markup, /aria-label="Stop Training"/);
  assert.match(markup, /2 of 60/);
  assert.match(markup, /loss 0.812/);
  assert.match(markup, /data-kind="series"/);
});

test('what failed says why and what to do, and hostile words are text', () => {
  const told = new Told();
  told.hear(job({ notice: 'first' }));
  told.hear(job({ notice: HOSTILE }));
  const error = { code: 'bad_input', message: HOSTILE, hint: HOSTILE } as const;
  const markup = head([job({ title: HOSTILE, notice: HOSTILE })], [job({ id: 'j2', state: 'failed', error })], told);
  assert.doesNotMatch(markup, /<img/);
  assert.match(markup, /What it said \(2\)/);
  assert.match(markup, /aria-label="Training, failed"/);
  assert.match(head([], [job({ state: 'failed' })]), /Start it again/);
  assert.equal(head([], []), '');
});

test('what was cut short says how, and hostile words are text', () => {
  const cut = { operation: 'audit', given: null, started: '2026-01-01T00:00:00Z' };
  const markup = head([], [], new Told(), [
    { ...cut, title: 'Audit', how: 'its process ended' },
    { ...cut, operation: 'train', title: HOSTILE, how: HOSTILE }
  ]);
  assert.match(markup, /aria-label="Audit, cut short"/);
  assert.match(markup, /Before it could answer, its process ended; nothing was half-written/);
  assert.doesNotMatch(markup, /<img/);
});

test('failures are told once, newest first, until they are put away', () => {
  const jobs = [
    job({ id: 'a', state: 'failed', started: '1' }),
    job({ id: 'b', state: 'failed', started: '2' }),
    job({ id: 'a', state: 'failed', started: '1' }),
    job({ id: 'c', state: 'done', started: '3' })
  ];
  assert.deepEqual(failures(jobs, new Set()).map(one => one.id), ['b', 'a']);
  assert.deepEqual(failures(jobs, new Set(['b'])).map(one => one.id), ['a']);
});

test('sentences are kept once each, and forgotten with their job', () => {
  const told = new Told();
  ['one', 'one', 'two'].forEach(notice => told.hear(job({ notice })));
  assert.deepEqual(told.of('j1'), ['one', 'two']);
  told.keep([]);
  assert.deepEqual(told.of('j1'), []);
});
