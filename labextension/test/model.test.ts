import assert from 'node:assert/strict';
import { test } from 'node:test';

import { WholeModel } from '../src/model';

test('an error is kept with the items of the time before, and goes when the server is back', async () => {
  let down = false;
  const model = new WholeModel(async () => {
    if (down) {
      throw new Error('down');
    }
    return ['1'];
  });
  assert.equal(model.loaded, false);
  await model.refresh();
  down = true;
  await model.refresh();
  assert.match(String(model.error), /down/);
  assert.deepEqual([model.items, model.loaded], [['1'], true]);
  down = false;
  await model.refresh();
  assert.equal(model.error, null);
});

test('an answer that comes after a later request is dropped', async () => {
  const answers: ((value: string[]) => void)[] = [];
  const model = new WholeModel<string>(() => new Promise(resolve => answers.push(resolve)));
  const slow = model.refresh();
  const quick = model.refresh();
  answers[1]?.(['later']);
  await quick;
  answers[0]?.(['earlier']);
  await slow;
  assert.deepEqual(model.items, ['later']);
});
