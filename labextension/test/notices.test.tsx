import assert from 'node:assert/strict';
import { test } from 'node:test';

import * as React from 'react';
import { renderToStaticMarkup } from 'react-dom/server';

import type { IJob } from '../src/api';
import { JobList } from '../src/components/jobs';
import { runningWords } from '../src/components/progress';
import { noticeOf } from '../src/notices';
import { job, trans } from './fixtures';

const HOSTILE = '<img src=x onerror=alert(1)>';
const nothing = (): void => undefined;

const list = (...jobs: IJob[]): string =>
  renderToStaticMarkup(<JobList jobs={jobs} trans={trans} onOpen={nothing} onStop={nothing} onAsk={nothing} />);

test('what was waited for is not told, what could be left alone is', () => {
  assert.equal(noticeOf(job({ state: 'done', status: 'pass', seconds: 10 }), trans), null);
  assert.deepEqual(noticeOf(job({ state: 'done', status: 'fail', seconds: 41.3 }), trans), {
    message: 'Train: ✕ fail, after 41 s',
    type: 'error'
  });
  assert.equal(noticeOf(job({ state: 'done', status: 'warn', seconds: 41 }), trans)?.type, 'warning');
  assert.equal(noticeOf(job({ state: 'done', status: 'pass', seconds: 41 }), trans)?.type, 'success');
  // What has no verdict is not said to have passed.
  assert.equal(noticeOf(job({ state: 'done', seconds: 41 }), trans)?.message, 'Train: done, after 41 s');
});

test('a failure is told with its reason, a stop not at all', () => {
  const error = { code: 'invalid', message: 'the data are gone', hint: null } as unknown as NonNullable<IJob['error']>;
  const told = noticeOf(job({ state: 'failed', seconds: 60, error }), trans);
  assert.deepEqual(told, { message: 'Train did not finish: the data are gone', type: 'error' });
  assert.match(noticeOf(job({ state: 'failed', seconds: 60 }), trans)?.message ?? '', /without an answer/);
  assert.equal(noticeOf(job({ state: 'cancelled', seconds: 60 }), trans), null);
});

test('the list stops what runs, opens all, and teaches where nothing runs', () => {
  const markup = list(job({ progress: { label: 'epoch', done: 1, total: 4 } }), job({ id: 'b', state: 'done', status: 'fail' }));
  assert.match(markup, /aria-label="Stop Train"/);
  assert.equal(markup.match(/aria-label="Open Train"/g)?.length, 2);
  assert.match(markup, /<progress aria-label="Train" value="0.25" max="1">/);
  assert.match(markup, /data-status="fail"/);
  assert.equal(markup.match(/Stop</g)?.length, 1);
  assert.match(list(), /Nothing runs now\..*<button/s);
});

test('labels, notices and errors are text', () => {
  const error = { code: 'invalid', message: HOSTILE, hint: null } as unknown as NonNullable<IJob['error']>;
  const hostile = { title: HOSTILE, notice: HOSTILE, progress: { label: HOSTILE, done: 0, total: null } };
  assert.doesNotMatch(list(job(hostile), job({ ...hostile, id: 'b', state: 'failed', error })), /<img/);
});

test('the status bar says what runs and how far it is', () => {
  const far = job({ progress: { label: 'epoch', done: 29, total: 30 } });
  assert.equal(runningWords([far], trans), 'Train 96%');
  assert.equal(runningWords([job()], trans), 'Train');
  assert.equal(runningWords([far, job({ id: 'b' })], trans), '2 jobs');
});
