import assert from 'node:assert/strict';
import { test } from 'node:test';

import * as React from 'react';
import { renderToStaticMarkup } from 'react-dom/server';

import { VirtualList } from '../src/components/virtual';
import { PagesModel } from '../src/pages';
import { trans } from './fixtures';

const HOSTILE = '<img src=x onerror=alert(1)>';
// Measuring is the browser's: on a server React says so for each such component.
console.error = () => undefined;

async function list(size: number): Promise<string> {
  const items = Array.from({ length: size }, () => HOSTILE);
  const model = new PagesModel(async part => ({
    items: items.slice(part.offset, part.offset + part.limit),
    total: size
  }));
  await model.refresh();
  return renderToStaticMarkup(
    <VirtualList
      model={model}
      label="commits"
      trans={trans}
      filter="loans"
      empty={<p>Nothing yet.</p>}
      row={item => <span>{item}</span>}
      open={() => undefined}
      actions={() => [{ label: 'Diff', icon: '±', run: () => undefined }]}
      retry={() => undefined}
    />
  );
}

test('of ten thousand rows a screen is drawn, and how many there are is said', async () => {
  const markup = await list(10_000);
  const rows = markup.match(/role="row"/g)?.length ?? 0;
  assert.ok(rows > 5 && rows < 40, String(rows));
  assert.match(markup, /role="grid" aria-label="commits" aria-rowcount="10000"/);
  assert.match(markup, /height:440000px/);
  assert.doesNotMatch(markup, /<img/);
  assert.match(markup, /aria-label="Filter commits"/);
});

test('one row is in the order of the tab key, with its actions', async () => {
  const markup = await list(3);
  assert.equal(markup.match(/tabindex="0"/g)?.length, 2);
  assert.equal(markup.match(/tabindex="-1"/g)?.length, 4);
  assert.match(markup, /aria-label="Diff"/);
});

test('where there is nothing, one sentence teaches', async () => {
  assert.equal(await list(0), '<p>Nothing yet.</p>');
});
