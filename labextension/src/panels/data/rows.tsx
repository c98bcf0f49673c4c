import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { Told } from '../../components/told';
import { refOf, sizeText } from './records';
import type { ICommit } from './records';
import type { Row } from './model';

/** One row of the Data section: a name, one fact, time ago. */
export function DataRow(props: { row: Row; picked: ICommit | null; trans: TranslationBundle }): JSX.Element {
  const { row, picked, trans } = props;
  switch (row.kind) {
    case 'place': {
      const { path, type, bytes, reason } = row.place;
      return (
        <Told
          title={path}
          facts={[typeWord(type, trans), bytes === null ? null : sizeText(bytes), reason ?? null]}
          trans={trans}
        />
      );
    }
    case 'branch': {
      const { branch, message, bytes, time } = row.branch;
      return <Told title={branch} facts={[message || trans.__('no message'), sizeText(bytes)]} time={time} trans={trans} />;
    }
    case 'commit': {
      const { commit } = row;
      const chosen = picked?.commit === commit.commit && picked.repo === commit.repo;
      return (
        <Told
          title={commit.message || trans.__('no message')}
          mark={chosen ? trans.__('chosen') : null}
          facts={[refOf(commit).split('@')[1] ?? '', commit.author, sizeText(commit.bytes), commit.tags.join(', ')]}
          time={commit.time}
          trans={trans}
        />
      );
    }
  }
}

function typeWord(type: string, trans: TranslationBundle): string {
  switch (type) {
    case 'repo':
      return trans.__('repo');
    case 'mount':
      return trans.__('mount: read where it lies');
    case 'folder':
      return trans.__('folder');
    case 'table':
      return trans.__('table');
    default:
      return trans.__('file');
  }
}
