import assert from 'node:assert/strict';
import { test } from 'node:test';

import * as React from 'react';
import { renderToStaticMarkup } from 'react-dom/server';

import { OperationForm } from '../src/components/form';
import { JobProgress } from '../src/components/progress';
import { ApiError } from '../src/api';
import type { IOperation } from '../src/api';
import { job, operation, trans } from './fixtures';

const HOSTILE = '<img src=x onerror=alert(1)>';

function form(record: IOperation, changes: Partial<React.ComponentProps<typeof OperationForm>> = {}): string {
  const nothing = (): void => undefined;
  return renderToStaticMarkup(
    <OperationForm
      operation={record}
      texts={{}}
      error={null}
      busy={false}
      trans={trans}
      onChange={nothing}
      onSubmit={nothing}
      insert={nothing}
      complete={async () => []}
      {...changes}
    />
  );
}

const record = operation({
  parameters: {
    required: ['target'],
    properties: {
      target: { type: 'string', description: 'What is foretold.' },
      level: { type: 'number', default: 0.95, unit: 'share', minimum: 0.5, maximum: 1 }
    }
  }
});

test('every control has its name and its help, and the magic stands at the foot', () => {
  const markup = form(record, { texts: { target: 'y' } });
  const id = /<label for="([^"]+-target)">target/.exec(markup)?.[1];
  assert.ok(id);
  assert.ok(markup.includes(`aria-describedby="${id}-help"`) && markup.includes(`<p id="${id}-help"`));
  assert.match(markup, /placeholder="0.5 to 1"/);
  assert.match(markup, /More \(1\)/);
  assert.match(markup, /%trust audit --target y</);
});

test('what the server says stands beside the field it concerns, else below', () => {
  const beside = form(record, { error: new Error('audit: target must be a column; got yy') });
  assert.match(beside, /aria-invalid="true"[^>]*>.*role="alert">audit: target must be a column/s);
  const below = form(record, { error: new Error('the workspace is locked') });
  assert.match(below, /<p class="tl-Field-said" role="alert">the workspace is locked/);
});

test('what somebody stopped is told without alarm', () => {
  const markup = form(record, { error: new ApiError('interrupted', 'audit: cancelled', null) });
  assert.match(markup, /<p class="tl-Teach-hint" role="status">audit: cancelled/);
  assert.doesNotMatch(markup, /role="alert"/);
});

test('two forms of one operation on a page share no id', () => {
  const nothing = (): void => undefined;
  const one = (
    <OperationForm
      {...{ operation: record, texts: {}, error: null, busy: false, trans }}
      {...{ onChange: nothing, onSubmit: nothing, insert: nothing, complete: async () => [] }}
    />
  );
  const markup = renderToStaticMarkup(
    <>
      {one}
      {one}
    </>
  );
  const ids = [...markup.matchAll(/ id="([^"]+)"/g)].map(found => found[1]);
  assert.equal(ids.length, 10);
  assert.equal(new Set(ids).size, ids.length);
});

test('an operation that cannot run here says why, and its button is off', () => {
  const markup = form({ ...record, unavailable: 'it needs pip install trustlab[onnx]' });
  assert.match(markup, /disabled=""[^>]*aria-describedby="[^"]+-unavailable"/);
  assert.match(markup, /trustlab\[onnx\]/);
});

test('hostile names are text', () => {
  const hostile = operation({
    title: HOSTILE,
    parameters: { required: [HOSTILE], properties: { [HOSTILE]: { type: 'string', description: HOSTILE, enum: [HOSTILE] } } }
  });
  assert.doesNotMatch(form(hostile, { error: new Error(HOSTILE) }), /<img/);
  const running = job({ title: HOSTILE, notice: HOSTILE, progress: { label: HOSTILE, done: 1, total: 4 } });
  const markup = renderToStaticMarkup(<JobProgress job={running} trans={trans} onStop={() => undefined} />);
  assert.doesNotMatch(markup, /<img/);
  assert.match(markup, /1 of 4/);
  assert.match(markup, /value="0.25"/);
});
