import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { IJob } from '../src/api';
import { JobStore } from '../src/jobs';
import type { IJobServer } from '../src/jobs';
import { job } from './fixtures';

/** A server whose events a test sends. */
class Fake {
  connections = 0;
  asked: string[] = [];
  known = new Map<string, IJob>();
  private wake: (() => void) | null = null;
  private queue: (IJob | 'break')[] = [];

  send(...events: (IJob | 'break')[]): void {
    this.queue.push(...events);
    this.wake?.();
  }

  readonly server = {
    ask: async () => ({ job: job() }),
    cancel: async () => job({ state: 'cancelled' }),
    job: async (id: string) => {
      this.asked.push(id);
      const found = this.known.get(id);
      if (!found) {
        throw Object.assign(new Error('gone'), { code: 'not_found' });
      }
      return found;
    },
    jobDocument: async () => Promise.reject(new Error('none')),
    events: async function* (this: Fake, signal: AbortSignal): AsyncGenerator<IJob> {
      this.connections += 1;
      signal.addEventListener('abort', () => this.wake?.());
      while (!signal.aborted) {
        const next = this.queue.shift();
        if (next === 'break') {
          throw new Error('broken');
        }
        if (next) {
          yield next;
        } else {
          await new Promise<void>(done => (this.wake = done));
        }
      }
    }.bind(this)
  } as unknown as IJobServer;
}

const soon = (ms = 20): Promise<void> => new Promise(done => setTimeout(done, ms));

test('nobody looks, nothing runs: nothing is asked', async () => {
  const fake = new Fake();
  const store = new JobStore(fake.server, 1);
  await soon();
  assert.equal(fake.connections, 0);
  const watching = store.watch();
  await soon();
  assert.equal(fake.connections, 1);
  watching.dispose();
  fake.send(job());
  await soon();
  assert.deepEqual(store.jobs, []);
});

test('a job that was started is heard of until it is over, once', async () => {
  const fake = new Fake();
  const store = new JobStore(fake.server, 1);
  const over: string[] = [];
  store.finished.connect((_, done) => over.push(done.state));
  await store.start('train', {});
  fake.send(job({ progress: { label: 'epoch', done: 1, total: 2 } }));
  await soon();
  assert.equal(store.get('a')?.progress?.done, 1);
  fake.send(job({ state: 'done', status: 'pass' }), job());
  await soon();
  assert.deepEqual(over, ['done']);
  assert.equal(store.get('a')?.state, 'done');
  assert.deepEqual(store.running, []);
});

test('a stream that breaks is taken up again, and what ended meanwhile is learned', async () => {
  const fake = new Fake();
  const store = new JobStore(fake.server, 1);
  await store.start('train', {});
  fake.known.set('a', job({ state: 'done', status: 'warn' }));
  fake.send('break');
  await soon(50);
  assert.deepEqual(fake.asked, ['a']);
  assert.equal(store.get('a')?.state, 'done');
});

test('a server that was started anew has forgotten the job: it is over', async () => {
  const fake = new Fake();
  const store = new JobStore(fake.server, 1);
  await store.start('train', {});
  fake.send('break');
  await soon(50);
  assert.equal(store.get('a')?.state, 'failed');
});

test('a job is still one of this page while its end is told', async () => {
  const fake = new Fake();
  const store = new JobStore(fake.server, 1);
  const own: boolean[] = [];
  store.finished.connect((_, done) => own.push(store.isOwn(done.id)));
  await store.start('train', {});
  const watch = store.watch();
  fake.send(job({ id: 'elsewhere' }), job({ id: 'elsewhere', state: 'done' }), job({ state: 'done' }));
  await soon();
  watch.dispose();
  assert.deepEqual(own, [false, true]);
  assert.equal(store.isOwn('a'), false);
});

test('to open what ended long ago is no end', async () => {
  const fake = new Fake();
  const store = new JobStore(fake.server, 1);
  const over: string[] = [];
  store.finished.connect((_, done) => over.push(done.id));
  fake.known.set('old', job({ id: 'old', state: 'done', status: 'pass' }));
  assert.equal((await store.follow('old')).state, 'done');
  assert.equal(store.get('old')?.state, 'done');
  assert.deepEqual(over, []);
  assert.equal(fake.connections, 0);
});
