import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { IJob, IOperation, IRefusal, IRun } from '../src/api';
import type { ISentJob, ISentOperation, ISentRefusal, ISentRun } from '../src/generated';

// The compiler is the test: what the server's own classes send must be what the panels read.
const job = (sent: ISentJob): IJob => sent;
const run = (sent: ISentRun): IRun => sent;
const refusal = (sent: ISentRefusal): IRefusal => sent;
const operation = (sent: Omit<ISentOperation, 'parameters'>): Omit<IOperation, 'parameters'> => sent;

test('what the server sends is what the panels read', () => {
  for (const read of [job, run, refusal, operation]) {
    assert.equal(typeof read, 'function');
  }
});
