import assert from 'node:assert/strict';
import { test } from 'node:test';

import { parseEvents } from '../src/api';

test('events come whole, comments and half events do not', () => {
  const text = ': hello\n\nevent: job\ndata: {"id":\ndata:  1}\n\nevent: job\r\ndata: x\r\n\r\nevent: job\nda';
  const { events, rest } = parseEvents(text);
  assert.deepEqual(events, [
    { name: 'job', data: '{"id":\n 1}' },
    { name: 'job', data: 'x' }
  ]);
  assert.equal(rest, 'event: job\nda');
});
