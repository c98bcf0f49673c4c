import assert from 'node:assert/strict';
import { test } from 'node:test';

import { PagedModel } from '../src/model';

interface IItem {
  readonly id: string;
}

/** A server that holds a list, newest first, and counts what it was asked. */
class Server {
  items: IItem[];
  asked: [number, number][] = [];
  down = false;

  constructor(count: number) {
    this.items = Array.from({ length: count }, (_, at) => ({ id: String(count - at) }));
  }

  page = async (page: number, perPage: number): Promise<{ items: IItem[]; total: number }> => {
    this.asked.push([page, perPage]);
    if (this.down) {
      throw new Error('down');
    }
    return { items: this.items.slice((page - 1) * perPage, page * perPage), total: this.items.length };
  };
}

const ids = (model: PagedModel<IItem>): string[] => model.items.map(item => item.id);

test('pages follow each other without a gap or a double', async () => {
  const server = new Server(5);
  const model = new PagedModel(server.page, 2);
  await model.refresh();
  assert.deepEqual(ids(model), ['5', '4']);
  assert.equal(model.hasMore, true);
  await model.more();
  await model.more();
  assert.deepEqual(ids(model), ['5', '4', '3', '2', '1']);
  assert.equal(model.hasMore, false);
  assert.deepEqual(server.asked, [
    [1, 2],
    [2, 2],
    [3, 2]
  ]);
});

test('a new run comes in front, and the older pages stay', async () => {
  const server = new Server(4);
  const model = new PagedModel(server.page, 2);
  await model.refresh();
  await model.more();
  server.items.unshift({ id: 'new' });
  await model.refresh();
  assert.deepEqual(ids(model), ['new', '4', '3', '2', '1']);
});

test('pages that no longer join are dropped, not shown with a gap', async () => {
  const server = new Server(4);
  const model = new PagedModel(server.page, 2);
  await model.refresh();
  server.items = [{ id: 'x' }, { id: 'y' }, { id: 'z' }, ...server.items];
  await model.refresh();
  assert.deepEqual(ids(model), ['x', 'y']);
});

test('an error is kept with the items of the time before, and goes when the server is back', async () => {
  const server = new Server(1);
  const model = new PagedModel(server.page, 2);
  await model.refresh();
  server.down = true;
  await model.refresh();
  assert.match(String(model.error), /down/);
  assert.deepEqual(ids(model), ['1']);
  server.down = false;
  await model.refresh();
  assert.equal(model.error, null);
});

test('an answer that comes after a later request is dropped', async () => {
  const answers: ((value: { items: IItem[]; total: number }) => void)[] = [];
  const model = new PagedModel<IItem>(() => new Promise(resolve => answers.push(resolve)), 2);
  const slow = model.refresh();
  const quick = model.refresh();
  answers[1]?.({ items: [{ id: 'later' }], total: 1 });
  await quick;
  answers[0]?.({ items: [{ id: 'earlier' }], total: 1 });
  await slow;
  assert.deepEqual(ids(model), ['later']);
});
