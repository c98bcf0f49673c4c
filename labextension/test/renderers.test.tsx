import assert from 'node:assert/strict';
import { test } from 'node:test';

import * as React from 'react';
import { renderToStaticMarkup } from 'react-dom/server';

import type { View } from '../src/generated';
import { Registry } from '../src/registry';
import { RENDERERS, ViewFigure } from '../src/renderers';
import type { IRenderer } from '../src/tokens';

const HOSTILE = [
  '<img src=x onerror=alert(1)>',
  '<script>alert(1)</script>',
  '"><svg/onload=alert(1)>',
  "javascript:alert('1')",
  '</td></table><iframe srcdoc="x">'
];

function registry(): Registry<IRenderer> {
  const renderers = new Registry<IRenderer>();
  RENDERERS.forEach(renderer => renderers.add(renderer));
  return renderers;
}

const shown = (view: View): string => renderToStaticMarkup(<ViewFigure view={view} renderers={registry()} />);

const table = (changes: Partial<View> = {}): View =>
  ({ kind: 'table', name: 'by_group', title: null, columns: [], rows: [], units: {}, caption: null, ...changes }) as View;

for (const text of HOSTILE) {
  test(`${text} is text in every place`, () => {
    const views: View[] = [
      table({ name: text, title: text, caption: text, columns: [text], rows: [[text]], units: { [text]: text } }),
      { ...table({ title: text }), kind: 'text', text } as View,
      { ...table({ title: text }), kind: 'image', png: text, alt: text } as View,
      { ...table({ columns: [text], rows: [[text]] }), kind: 'graph', nodes: {} } as View
    ];
    for (const markup of views.map(shown)) {
      const tags = [...markup.matchAll(/<\/?([a-z]+)/g)].map(match => match[1]);
      const known = ['figure', 'figcaption', 'strong', 'span', 'div', 'table', 'thead', 'tbody', 'tr', 'th', 'td', 'pre', 'img'];
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

test('a kind without a renderer falls back to its table, and a renderer that is added takes over', () => {
  const matrix = { ...table({ columns: ['x', 'y'], rows: [['r', 1]] }), kind: 'matrix', row_axis: '', column_axis: '' } as View;
  assert.match(shown(matrix), /<table/);
  const renderers = registry();
  const held = renderers.add({ id: 'matrix', render: () => <p>heat</p> });
  const own = renderToStaticMarkup(<ViewFigure view={matrix} renderers={renderers} />);
  assert.match(own, /<p>heat<\/p>/);
  held.dispose();
  assert.match(renderToStaticMarkup(<ViewFigure view={matrix} renderers={renderers} />), /<table/);
});
