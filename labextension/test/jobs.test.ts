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
    ask: async () => {
      this.known.set('a', job());
      return { job: job() };
    },
    cancel: async (id: string) => {
      if (id === 'stubborn') {
        throw new Error('it does not stop');
      }
      return job({ state: 'cancelled' });
    },
    job: async (id: string) => {
      this.asked.push(id);
      const found = this.known.get(id);
      if (!found) {
        throw Object.assign(new Error('gone'), { code: 'not_found' });
      }
      return found;
    },
    jobDocument: async () => Promise.reject(new Error('none')),
    events: async function* (this: Fake, signal: AbortSignal, opened: () => void): AsyncGenerator<IJob> {
      this.connections += 1;
      opened();
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
  assert.ok(fake.asked.includes('a'));
  assert.equal(store.get('a')?.state, 'done');
});

test('a server that was started anew has forgotten the job: it is over', async () => {
  const fake = new Fake();
  const store = new JobStore(fake.server, 1);
  await store.start('train', {});
  await soon();
  fake.known.delete('a');
  fake.send('break');
  await soon(50);
  assert.equal(store.get('a')?.state, 'failed');
  // Its form can still be opened, from what is known here.
  assert.equal((await store.follow('a')).state, 'failed');
  await assert.rejects(store.follow('never heard of'));
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

test('what ended while nobody listened is learned when somebody does again', async () => {
  const fake = new Fake();
  const store = new JobStore(fake.server, 1);
  const watch = store.watch();
  fake.known.set('elsewhere', job({ id: 'elsewhere' }));
  fake.send(job({ id: 'elsewhere' }));
  await soon();
  watch.dispose();
  fake.known.set('elsewhere', job({ id: 'elsewhere', state: 'done', status: 'pass' }));
  assert.equal(store.running.length, 1);
  store.watch();
  await soon();
  assert.deepEqual(store.running, []);
});

test('what somebody waited for is no job of this page, but news that something may have changed', async () => {
  const fake = new Fake();
  const store = new JobStore(fake.server, 1);
  const over: string[] = [];
  store.finished.connect((_, done) => over.push(done.id));
  store.watch();
  fake.send(job({ id: 'amend', waited: true }), job({ id: 'amend', waited: true, state: 'done' }));
  await soon();
  assert.deepEqual([store.jobs, over], [[], ['amend']]);
});

test('a job that is opened after its end is not waited for, however many end later', async () => {
  const fake = new Fake();
  const store = new JobStore(fake.server, 1);
  fake.known.set('old', job({ id: 'old', state: 'done' }));
  await store.follow('old');
  await store.follow('old');
  const watch = store.watch();
  for (let at = 0; at < 250; at += 1) {
    fake.send(job({ id: `later-${at}`, state: 'done' }));
  }
  await soon(50);
  watch.dispose();
  assert.ok(store.jobs.length <= 200);
  const connections = fake.connections;
  await store.start('train', {});
  await soon();
  assert.equal(fake.connections, connections + 1);
});

test('of many jobs the last that ended are kept, however early they began', async () => {
  const fake = new Fake();
  const store = new JobStore(fake.server, 1);
  store.watch();
  fake.send(job({ id: 'long' }));
  for (let at = 0; at < 250; at += 1) {
    fake.send(job({ id: `short-${at}`, state: 'done' }));
  }
  fake.send(job({ id: 'long', state: 'done' }));
  await soon(50);
  assert.equal(store.get('long')?.state, 'done');
});

test('a stop that is refused is told', async () => {
  const store = new JobStore(new Fake().server, 1);
  const told: unknown[] = [];
  store.refused.connect((_, error) => told.push(error));
  await store.stop('stubborn');
  assert.match(String(told[0]), /it does not stop/);
});

test('a job whose end is heard before the answer is over, and keeps the page from nothing', async () => {
  const fake = new Fake();
  const store = new JobStore(fake.server, 1);
  const watch = store.watch();
  fake.send(job({ state: 'done', status: 'pass' }));
  await soon();
  assert.equal((await store.start('train', {})).state, 'done');
  assert.equal(store.isOwn('a'), false);
  watch.dispose();
  fake.send(job({ id: 'later' }));
  await soon();
  assert.equal(store.get('later'), undefined, 'it has hung up');
});
