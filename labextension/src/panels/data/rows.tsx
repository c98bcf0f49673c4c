import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { timeAgo } from '../../words';
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
          fact={[typeWord(type, trans), bytes === null ? null : sizeText(bytes), reason ?? null]}
          time={null}
        />
      );
    }
    case 'branch': {
      const { branch, message, bytes, time } = row.branch;
      return <Told title={branch} fact={[message || trans.__('no message'), sizeText(bytes)]} time={time} />;
    }
    case 'commit': {
      const { commit } = row;
      const chosen = picked?.commit === commit.commit && picked.repo === commit.repo;
      return (
        <Told
          title={commit.message || trans.__('no message')}
          mark={chosen ? trans.__('chosen') : null}
          fact={[refOf(commit).split('@')[1] ?? '', commit.author, sizeText(commit.bytes), commit.tags.join(', ')]}
          time={commit.time}
        />
      );
    }
  }
}

function Told(props: {
  title: string;
  mark?: string | null;
  fact: readonly (string | null)[];
  time: string | null;
}): JSX.Element {
  const { title, mark, fact, time } = props;
  return (
    <>
      <span className="tl-Row-head">
        <span className="tl-Row-title" title={title}>
          {title}
        </span>
        {mark ? <span className="tl-Mark">{mark}</span> : null}
        {time === null ? null : (
          <time dateTime={time} title={new Date(time).toLocaleString()}>
            {timeAgo(time, Date.now())}
          </time>
        )}
      </span>
      <span className="tl-Row-fact">{fact.filter(Boolean).join(' · ')}</span>
    </>
  );
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
