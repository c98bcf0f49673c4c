import assert from 'node:assert/strict';
import { test } from 'node:test';

import * as React from 'react';
import { renderToStaticMarkup } from 'react-dom/server';

import type { IDraftAnswer, IPipeline, IPipelineRun, IStepRun } from '../src/answers';
import { ApiError } from '../src/api';
import type { IDocument, IJob, Parameters } from '../src/api';
import { JobStore } from '../src/jobs';
import type { IJobServer } from '../src/jobs';
import { PipelineModel } from '../src/panels/pipelines/model';
import { PipelinePage } from '../src/panels/pipelines/page';
import { PipelineRow } from '../src/panels/pipelines/row';
import { PromoteForm } from '../src/panels/promote/form';
import { factWords, nextWords, notebookRequest, runningJob, troubleWords } from '../src/pipelines';
import { Registry } from '../src/registry';
import { renderersWith } from '../src/renderers';
import type { IRenderer } from '../src/tokens';
import { trans } from './fixtures';

const HOSTILE = '<img src=x onerror=alert(1)>';

const step = (changes: Partial<IStepRun> = {}): IStepRun => ({
  name: HOSTILE,
  status: 'error',
  reason: HOSTILE,
  started: null,
  finished: null,
  notebook: 'runs/1/a.ipynb',
  log: 'runs/1/a.log',
  error: { cell: 3, line: 2, source: HOSTILE, kind: 'ValueError', message: HOSTILE },
  ...changes
});

const run = (id: string, changes: Partial<IPipelineRun> = {}): IPipelineRun => ({
  id,
  pipeline: 'weekly',
  trigger: 'manual',
  status: 'error',
  reason: HOSTILE,
  started: '2026-01-01T00:00:00Z',
  seconds: 2,
  steps: [step()],
  ...changes
});

const pipeline = (changes: Partial<IPipeline> = {}): IPipeline => ({
  name: 'weekly',
  revision: 2,
  steps: [{ name: 'a', notebook: { file: 'a.ipynb' }, parameters: {}, needs: [] }],
  schedule: null,
  next: null,
  problem: null,
  last_run: null,
  ...changes
});

/** A server with 120 runs, newest first. */
class Server {
  runs = Array.from({ length: 120 }, (_, at) => run(`r${at}`));
  asked: Parameters[] = [];
  down: Error | null = null;

  read = async (_operation: string, parameters: Parameters = {}): Promise<IDocument> => {
    this.asked.push(parameters);
    if (this.down) {
      throw this.down;
    }
    if (parameters['run'] !== undefined) {
      const text = parameters['step'] === 'quiet' ? [] : [{ kind: 'text', name: `log_${String(parameters['step'])}`, text: HOSTILE }];
      return { views: text } as unknown as IDocument;
    }
    const from = Number(parameters['offset'] ?? 0);
    const runs = this.runs.slice(from, from + Number(parameters['limit']));
    return { pipeline: pipeline(), runs, total: this.runs.length, views: [] } as unknown as IDocument;
  };
}

function page(model: PipelineModel): string {
  const renderers = new Registry<IRenderer>();
  renderersWith(trans).forEach(renderer => renderers.add(renderer));
  const actions = { run: () => Promise.resolve(), schedule: () => undefined, open: () => undefined };
  const jobs = new JobStore({} as IJobServer);
  return renderToStaticMarkup(
    <PipelinePage model={model} jobs={jobs} renderers={renderers} actions={actions} trans={trans} />
  );
}

test('when it runs next is said in words, and why it cannot', () => {
  assert.equal(nextWords(pipeline(), trans), 'by hand only');
  assert.match(nextWords(pipeline({ problem: 'no such zone' }), trans), /cannot come due: no such zone/);
  const schedule = { cron: '0 6 * * MON', timezone: 'UTC' };
  assert.match(nextWords(pipeline({ schedule, next: '2026-01-05T06:00:00Z' }), trans), /^next .*2026/);
  assert.equal(factWords(pipeline(), 0, trans), '1 step · has not run yet · by hand only');
});

test('an error names the cell and the line of the notebook', () => {
  const words = troubleWords(step({ error: { cell: 3, line: 2, source: null, kind: 'KeyError', message: "'x'" } }), trans);
  assert.equal(words, "Cell 3, line 2 of the notebook raised KeyError: 'x'");
  assert.equal(troubleWords(step({ error: null, status: 'skipped', reason: 'it needs a' }), trans), 'it needs a');
  assert.equal(troubleWords(step({ error: null, status: 'pass', reason: 'fine' }), trans), null);
});

test('a run of this pipeline is known by its parameters', () => {
  const job = (name: string, state: IJob['state']): IJob =>
    ({ operation: 'pipeline.run', state, parameters: { name } }) as unknown as IJob;
  assert.equal(runningJob([job('other', 'running'), job('weekly', 'done')], 'weekly'), null);
  assert.notEqual(runningJob([job('weekly', 'queued')], 'weekly'), null);
});

test('runs are read in parts, and newer ones come in front', async () => {
  const server = new Server();
  const model = new PipelineModel(server, 'weekly');
  await model.load();
  await model.more();
  assert.deepEqual([model.runs.length, server.asked.map(one => one['offset'])], [100, [undefined, 50]]);
  server.runs.unshift(run('new'));
  await model.load();
  assert.deepEqual([model.runs[0]?.id, model.runs.length], ['new', 101]);
});

test('a server that is gone leaves the runs there, and says so', async () => {
  const server = new Server();
  const model = new PipelineModel(server, 'weekly');
  await model.load();
  server.down = new ApiError('unreachable', 'gone', null);
  await model.load();
  assert.equal(model.runs.length, 50);
  assert.match(page(model), /The Jupyter server does not answer/);
  server.down = null;
  await model.load();
  assert.doesNotMatch(page(model), /does not answer/);
});

test('a log is read when it is asked for, and hostile words are text', async () => {
  const model = new PipelineModel(new Server(), 'weekly');
  await model.load();
  await model.readLog('r0', HOSTILE);
  await model.readLog('r0', 'quiet');
  const markup = page(model);
  assert.doesNotMatch(markup, /<img/);
  assert.match(markup, /Cell 3, line 2 of the notebook raised ValueError/);
  assert.deepEqual([model.log('r0', HOSTILE), model.log('r0', 'quiet')], [HOSTILE, '']);
});

test('an executed notebook is copied beside the others, and a refusal is shown', async () => {
  const server = new Server();
  const model = new PipelineModel(server, 'weekly');
  await model.load();
  assert.deepEqual(notebookRequest(run('r1'), 'a'), { name: 'weekly', run: 'r1', step: 'a', notebook: 'a-r1.ipynb' });
  assert.equal(await model.notebook(run('r1'), 'a'), 'a-r1.ipynb');
  server.down = new ApiError('conflict', 'it is there and holds something else', 'Name another file');
  assert.equal(await model.notebook(run('r1'), 'a'), null);
  assert.match(page(model), /holds something else/);
});

test('a hostile pipeline is text in its row', () => {
  const markup = renderToStaticMarkup(
    <PipelineRow pipeline={pipeline({ name: HOSTILE, problem: HOSTILE, last_run: run('r') })} trans={trans} />
  );
  assert.doesNotMatch(markup, /<img/);
});

const draft = (changes: Partial<IDraftAnswer>): IDraftAnswer => ({
  cell: { number: 2, id: 'x', tagged: true, source: 'n = 3' },
  candidate: null,
  how_to_tag: null,
  parameters: [{ name: HOSTILE, type: 'int', default: 3, value: 3 }],
  data: [{ text: HOSTILE, kind: 'ref', cell: 4, parameter: null }],
  changes: [HOSTILE],
  ...changes
});

function form(held: IDraftAnswer | null, error: unknown = null): string {
  const typed = { name: 'weekly', cron: '', timezone: 'UTC', values: {} };
  const nothing = (): undefined => undefined;
  return renderToStaticMarkup(
    <PromoteForm path={HOSTILE} typed={typed} draft={held} error={error} trans={trans} type={nothing} tag={nothing} />
  );
}

test('the dialog proposes parameters, names the data, and says what is going to happen', () => {
  const markup = form(draft({}));
  assert.doesNotMatch(markup, /<img/);
  assert.match(markup, /Parameters, from cell 2/);
  assert.match(markup, /value="3"/);
  assert.match(markup, /in cell 4: the same at every run/);
  assert.match(markup, /What is going to happen/);
});

test('without a parameters cell it says so, and offers to tag the first that could be one', () => {
  const candidate = { number: 3, id: 'y', tagged: false, source: HOSTILE };
  const markup = form(draft({ cell: null, candidate, parameters: [] }));
  assert.match(markup, /No cell is tagged as the parameters/);
  assert.match(markup, /Tag cell 3 as the parameters/);
  assert.doesNotMatch(markup, /<img/);
  assert.doesNotMatch(form(draft({ cell: null, parameters: [] })), /Tag cell/);
});

test('what the server refuses stands in place of what is going to happen', () => {
  const markup = form(draft({}), new ApiError('bad_usage', 'cron must have five fields', 'for example 0 6 * * MON'));
  assert.match(markup, /cron must have five fields/);
  assert.doesNotMatch(markup, /What is going to happen/);
});
