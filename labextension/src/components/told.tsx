import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { Status } from '../generated';
import { timeAgo } from '../words';
import { StatusBadge } from './status';

/** A row as every list of the sidebar has it: a name, a mark, a status, time ago, and one line of facts. */
export function Told(props: {
  title: string;
  mark?: string | null;
  status?: Status | null;
  time?: string | null;
  facts: readonly (string | null | undefined)[];
  trans: TranslationBundle;
}): JSX.Element {
  const { title, mark, status, time, facts, trans } = props;
  return (
    <>
      <span className="tl-Row-head">
        <span className="tl-Row-title" title={title}>
          {title}
        </span>
        {mark ? <span className="tl-Mark">{mark}</span> : null}
        {status ? <StatusBadge status={status} trans={trans} /> : null}
        {time ? (
          <time dateTime={time} title={new Date(time).toLocaleString()}>
            {timeAgo(time, Date.now())}
          </time>
        ) : null}
      </span>
      <span className="tl-Row-fact">{facts.filter(Boolean).join(' · ')}</span>
    </>
  );
}
