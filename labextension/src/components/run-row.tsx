import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { IRun } from '../api';
import { timeAgo } from '../words';
import { StatusBadge } from './status';

/** One finished run: what it was, how it ended, one fact, and when. */
export function RunRow(props: {
  run: IRun;
  mark?: string | null;
  /** Where all rows are of one kind, its name says nothing: the fact stands first. */
  ofOneKind?: boolean;
  trans: TranslationBundle;
}): JSX.Element {
  const { run, mark, ofOneKind, trans } = props;
  const about = run.summary ?? run.operation;
  const took = trans.__('%1, took %2 s', run.title, run.seconds.toFixed(1));
  return (
    <>
      <span className="tl-Row-head">
        <span className="tl-Row-title">{ofOneKind ? about : run.title}</span>
        <StatusBadge status={run.status} trans={trans} />
        <time dateTime={run.started} title={new Date(run.started).toLocaleString()}>
          {timeAgo(run.started, Date.now())}
        </time>
      </span>
      <span className="tl-Row-fact">
        {mark ? <span className="tl-Row-mark">{mark}</span> : null}
        {ofOneKind ? took : about}
      </span>
    </>
  );
}
