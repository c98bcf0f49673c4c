import assert from 'node:assert/strict';
import { test } from 'node:test';

import { formLink, linkOf, subjectLink, withoutLink } from '../src/links';

test('a form is a link, and the link gives the same form', () => {
  const parameters = { target: 'a&b=<img src=x>', seconds: '3' };
  assert.deepEqual(linkOf(formLink('data.commit', parameters)), {
    command: 'trustlab:open-form',
    args: { operation: 'data.commit', parameters }
  });
  assert.equal(formLink('audit', {}), '?trustlab-form=audit');
});

test('so are runs, pages, pipelines, policies and the jobs', () => {
  assert.deepEqual(linkOf(subjectLink('policy', 'p.yaml')), { command: 'trustlab:open-policy', args: { file: 'p.yaml' } });
  assert.equal(linkOf(subjectLink('jobs', 'all'))?.command, 'trustlab:show-jobs');
  assert.deepEqual(linkOf(subjectLink('run', 'a/b c')), { command: 'trustlab:open-run', args: { run: 'a/b c' } });
  assert.deepEqual(linkOf(subjectLink('page', 'x')), { command: 'trustlab:open-page', args: { run: 'x' } });
  assert.deepEqual(linkOf(subjectLink('pipeline', 'p')), { command: 'trustlab:open-pipeline', args: { pipeline: 'p' } });
});

test('an address that is cut short opens the form empty, and others open nothing', () => {
  assert.deepEqual(linkOf('?trustlab-form=audit&trustlab-parameters=%7B%22a'), {
    command: 'trustlab:open-form',
    args: { operation: 'audit', parameters: {} }
  });
  assert.deepEqual(linkOf('?trustlab-form=audit&trustlab-parameters=[1]')?.args['parameters'], {});
  assert.equal(linkOf('?token=1&reset'), null);
  assert.equal(linkOf('?trustlab-run='), null);
});

test('what was followed is taken out of the address, the rest stays', () => {
  assert.equal(withoutLink('?a=1&trustlab-form=audit&trustlab-parameters={}'), '?a=1');
  assert.equal(withoutLink('?trustlab-run=1'), '');
});
