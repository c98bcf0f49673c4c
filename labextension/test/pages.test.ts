import assert from 'node:assert/strict';
import { test } from 'node:test';

import { PagesModel } from '../src/pages';
import type { IPart } from '../src/pages';

function served(size: number): { model: PagesModel<string>; asked: IPart[]; fail: { next: boolean } } {
  const asked: IPart[] = [];
  const fail = { next: false };
  const model = new PagesModel<string>(async part => {
    asked.push(part);
    if (fail.next) {
      throw new Error('gone');
    }
    const all = Array.from({ length: size }, (_, at) => `row ${at}`).filter(row => row.includes(part.matching));
    return { items: all.slice(part.offset, part.offset + part.limit), total: all.length };
  }, 10);
  return { model, asked, fail };
}

test('only what is seen is fetched, and each page once', async () => {
  const { model, asked } = served(10_000);
  await model.refresh();
  await model.see(0, 5);
  assert.equal(asked.length, 1);
  assert.equal(model.total, 10_000);
  await model.see(5000, 5012);
  await model.see(5000, 5012);
  assert.deepEqual(asked.map(part => part.offset), [0, 5000, 5010]);
  assert.equal(model.at(5011), 'row 5011');
  assert.equal(model.at(300), undefined);
});

test('a refresh reads what is seen and forgets the rest', async () => {
  const { model, asked } = served(100);
  await model.refresh();
  await model.see(50, 55);
  await model.refresh();
  assert.deepEqual(asked.map(part => part.offset), [0, 50, 50]);
  assert.equal(model.at(3), undefined);
  assert.equal(model.at(52), 'row 52');
});

test('a filter begins anew', async () => {
  const { model, asked } = served(100);
  await model.refresh();
  await model.see(50, 55);
  await model.filter('7');
  assert.equal(model.total, 19);
  assert.equal(model.at(0), 'row 7');
  assert.equal(asked.at(-1)?.offset, 0);
});

test('what was there stays when the server goes, and the error goes when it is back', async () => {
  const { model, fail } = served(100);
  await model.refresh();
  fail.next = true;
  await model.refresh();
  assert.match(String(model.error), /gone/);
  assert.equal(model.at(3), 'row 3');
  fail.next = false;
  await model.refresh();
  assert.equal(model.error, null);
  assert.equal(model.at(3), 'row 3');
});
