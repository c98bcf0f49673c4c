import assert from 'node:assert/strict';
import { test } from 'node:test';

import { lineTo, magicFor } from '../src/magic';
import { operation } from './fixtures';

const text = { type: 'string' };

test('the example fills the line, positional words first', () => {
  const audit = operation({
    example: { model: 'lender', data: 'loans@main', only: ['a', 'b c'], trust_pickle: true, where: null },
    parameters: {
      properties: {
        data: text,
        model: { ...text, positional: true },
        only: { type: 'array' },
        trust_pickle: { type: 'boolean' },
        where: text
      },
      required: []
    }
  });
  assert.equal(
    magicFor(audit),
    "%trust audit lender --data loans@main --only a --only 'b c' --trust-pickle"
  );
});

test('what is required and not in the example stands in capitals', () => {
  const commit = operation({
    command: 'trust data commit',
    parameters: { properties: { repo: { ...text, positional: true }, message: text }, required: ['repo', 'message'] }
  });
  assert.equal(magicFor(commit), '%trust data commit REPO --message MESSAGE');
});

test('a map is key=value words, and quotes survive', () => {
  const promote = operation({
    command: 'trust promote',
    example: { parameters: { data: 'loans@main' }, where: "race == 'x'" },
    parameters: { properties: { parameters: { type: 'object' }, where: text }, required: [] }
  });
  assert.equal(
    magicFor(promote),
    `%trust promote --parameters data=loans@main --where 'race == '"'"'x'"'"''`
  );
});

test('what is typed stands at the end of the line, after all that is given', () => {
  const audit = operation({
    command: 'trust audit',
    parameters: {
      required: [],
      properties: {
        model: { type: 'string', positional: true },
        other: { type: 'string', positional: true },
        data: { type: 'string' },
        sensitive: { type: 'string' }
      }
    }
  });
  assert.equal(lineTo(audit, { data: 'a b.csv' }, 'sensitive', 'ra'), "audit --data 'a b.csv' --sensitive ra");
  assert.equal(lineTo(audit, { data: 'loans@main', model: 'x' }, 'model', 'le'), 'audit --data loans@main le');
  assert.equal(lineTo(audit, {}, 'other', ''), 'audit - ');
});
