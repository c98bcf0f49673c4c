import assert from 'node:assert/strict';
import { test } from 'node:test';

import * as React from 'react';
import { renderToStaticMarkup } from 'react-dom/server';

import type { ISeriesView, ITableView, View } from '../src/generated';
import { Registry } from '../src/registry';
import { renderersWith, ViewFigure } from '../src/renderers';
import type { IRenderer } from '../src/tokens';
import { trans } from './fixtures';

const HOSTILE = [
  '<img src=x onerror=alert(1)>',
  '<script>alert(1)</script>',
  '"><svg/onload=alert(1)>',
  "javascript:alert('1')",
  '</td></table><iframe srcdoc="x">'
];

function registry(): Registry<IRenderer> {
  const renderers = new Registry<IRenderer>();
  renderersWith(trans).forEach(renderer => renderers.add(renderer));
  return renderers;
}

const shown = (view: View): string => renderToStaticMarkup(<ViewFigure view={view} renderers={registry()} />);

const table = (changes: Partial<View> = {}): View =>
  ({ kind: 'table', name: 'by_group', title: null, columns: [], rows: [], units: {}, caption: null, ...changes }) as View;

const series = (changes: Partial<ISeriesView> = {}): View => ({
  ...(table() as ITableView),
  kind: 'series',
  x: 'x',
  y: ['y'],
  group: null,
  mark: 'line',
  reference: {},
  ...changes
});

for (const text of HOSTILE) {
  test(`${text} is text in every place`, () => {
    const views: View[] = [
      table({ name: text, title: text, caption: text, columns: [text], rows: [[text]], units: { [text]: text } }),
      { ...table({ title: text }), kind: 'text', text } as View,
      { ...table({ title: text }), kind: 'image', png: text, alt: text } as View,
      { ...table({ columns: [text], rows: [[text]] }), kind: 'graph', nodes: {} } as View,
      { ...table({ columns: ['source', 'target', 'label'], rows: [[text, 'b', text]] }), kind: 'graph', nodes: { b: text } } as View,
      series({ columns: [text, 'y', text], rows: [[text, 1, text]], x: text, group: text, reference: { [text]: 1 } }),
      series({ columns: [text, 'y'], rows: [[text, 1]], x: text, mark: 'bar' }),
      { ...table({ title: text, columns: ['', text], rows: [[text, 1]] }), kind: 'matrix', row_axis: text, column_axis: text } as View,
      { ...table({ title: text, columns: ['bin', text, 'b'], rows: [[text, 0.2, 0.3]] }), kind: 'distribution' } as View,
      { ...table({ title: text, columns: [text], rows: [[text]], units: { [text]: text } }), kind: 'scalar' } as View
    ];
    for (const markup of views.map(shown)) {
      const tags = [...markup.matchAll(/<\/?([a-z]+)/g)].map(match => match[1]);
      const known = 'figure figcaption strong span div table thead tbody tr th td pre img p details summary'.split(' ');
      known.push(...'svg title g line rect circle polygon polyline path text'.split(' '));
      assert.deepEqual(tags.filter(tag => !known.includes(String(tag))), []);
      assert.doesNotMatch(markup, /<img (?!class="tl-View-image" src="data:image\/png;base64,)/);
      assert.doesNotMatch(markup.replace(/"[^"]*"/g, '""'), /<[^>]*\son\w+=/);
    }
  });
}

test('a table holds every cell, numbers to the right, missing as a dash', () => {
  const markup = shown(table({ columns: ['group', 'fpr'], rows: [['a', 0.25], ['b', null]], units: { fpr: '%' } }));
  assert.match(markup, /<strong>by group<\/strong>/);
  assert.match(markup, /<td>a<\/td><td class="tl-mod-number">0.25<\/td>/);
  assert.match(markup, /<td>b<\/td><td class="tl-mod-number">–<\/td>/);
  assert.match(markup, /fpr<span class="tl-View-unit"> %<\/span>/);
});

test('an interval stands behind its number, and a column that only looks like a bound stays', () => {
  const columns = ['fpr', 'fpr_lo', 'fpr_hi', 'deci_lo'];
  const markup = shown(table({ columns, rows: [[0.25, 0.2, 0.31, 7], [0.5, null, null, 8]] }));
  assert.match(markup, />0.25 \(0.2 to 0.31\)</);
  assert.match(markup, />0.5</);
  assert.match(markup, />deci_lo</);
  assert.doesNotMatch(markup, />fpr_lo</);
});

test('a line has its band, its level and its numbers, and a gap where nothing was measured', () => {
  const columns = ['x', 'y', 'y_lo', 'y_hi'];
  const rows = [[0, 0.1, 0, 0.2], [1, 0.2, 0.1, 0.3], [2, null, null, null], [3, 0.4, 0.3, 0.5], [4, 0.5, 0.4, 0.6]];
  const markup = shown(series({ columns, rows, reference: { limit: 0.25 } }));
  assert.equal(markup.match(/<polyline/g)?.length, 2);
  assert.equal(markup.match(/class="tl-Band"/g)?.length, 2);
  assert.match(markup, />limit 0.25</);
  assert.match(markup, /<title>1, y: 0.2 \(0.1 to 0.3\)<\/title>/);
  assert.match(markup, /<details class="tl-Numbers"/);
  assert.match(markup, /role="img" aria-label="by_group. y, x: 0 … 0.6"/);
});

test('groups are told apart by colour and shape, over names and over numbers', () => {
  const rows = [['a', 'f', 0.1], ['b', 'f', 0.2], ['a', 'm', 0.3], ['b', 'm', null]];
  const view = series({ columns: ['x', 'sex', 'y'], rows, group: 'sex', mark: 'point' });
  const markup = shown(view);
  assert.match(markup, /<circle[^>]*data-hue="0"/);
  assert.match(markup, /<polygon points="-4,-4[^>]*data-hue="1"/);
  assert.match(markup, /<title>a, m: 0.3<\/title>/);
});

test('bars grow from zero, in both directions', () => {
  const view = series({ columns: ['x', 'y'], rows: [['up', 2], ['down', -2]], mark: 'bar' });
  const bars = [...shown(view).matchAll(/<rect class="tl-Fill tl-mod-soft"[^>]*x="([\d.]+)"[^>]*width="([\d.]+)"/g)];
  const [up, down] = bars.map(bar => [Number(bar[1]), Number(bar[2])]);
  assert.ok(up && down);
  assert.ok(Math.abs((down[0] ?? 0) + (down[1] ?? 0) - (up[0] ?? 0)) < 0.01);
  assert.ok(Math.abs((up[1] ?? 0) - (down[1] ?? 1)) < 0.01);
});

test('a heat map, a distribution, a number and a graph are pictures with their numbers', () => {
  const heat = { ...table({ columns: ['', 'p', 'q'], rows: [['a', 1, -1]] }), kind: 'matrix', row_axis: 'r', column_axis: 'c' };
  assert.match(shown(heat as View), /data-sign="minus"/);
  const shares = { ...table({ columns: ['bin', 'then', 'now'], rows: [['0', 0.2, 0.5]] }), kind: 'distribution' };
  assert.match(shown(shares as View), /<title>0, now: 0.5<\/title>/);
  const one = { ...table({ columns: ['value', 'value_lo', 'value_hi'], rows: [[0.25, 0.2, 0.3]] }), kind: 'scalar' };
  assert.match(shown(one as View), /<p class="tl-Scalar">0.25 \(0.2 to 0.3\)/);
  const rows = [['a', 'b', 'train'], ['b', 'c', ''], ['c', 'a', '']];
  const graph = { ...table({ columns: ['source', 'target', 'label'], rows }), kind: 'graph', nodes: { a: 'data' } };
  assert.match(shown(graph as View), /<title>data → b: train<\/title>/);
});

test('views without anything to draw fall back to their numbers', () => {
  for (const kind of ['series', 'matrix', 'distribution', 'graph', 'scalar']) {
    const view = { ...series({ columns: [], rows: [] }), kind, nodes: {}, row_axis: '', column_axis: '' } as unknown as View;
    assert.doesNotMatch(shown(view), /NaN|Infinity/);
  }
  const lone = { ...series({ columns: ['x', 'y'], rows: [['a', 3]] }) } as View;
  assert.doesNotMatch(shown(lone), /NaN|Infinity/);
});

test('a renderer that is added takes over a kind', () => {
  const renderers = new Registry<IRenderer>();
  const held = renderers.add({ id: 'matrix', render: () => <p>heat</p> });
  const matrix = { ...table({ columns: ['x', 'y'], rows: [['r', 1]] }), kind: 'matrix', row_axis: '', column_axis: '' } as View;
  const own = renderToStaticMarkup(<ViewFigure view={matrix} renderers={renderers} />);
  assert.match(own, /<p>heat<\/p>/);
  held.dispose();
  assert.match(renderToStaticMarkup(<ViewFigure view={matrix} renderers={renderers} />), /<table/);
});
