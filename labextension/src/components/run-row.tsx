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
  // Of what, and the rest: two audits of one model differ in their data and limits.
  const cut = ofOneKind ? about.indexOf(' on ') : -1;
  const took = trans.__('took %1 s', run.seconds.toFixed(1));
  return (
    <>
      <span className="tl-Row-head">
        <span className="tl-Row-title">{ofOneKind ? about.slice(0, cut < 0 ? undefined : cut) : run.title}</span>
        <StatusBadge status={run.status} trans={trans} />
        <time dateTime={run.started} title={new Date(run.started).toLocaleString()}>
          {timeAgo(run.started, Date.now())}
        </time>
      </span>
      <span className="tl-Row-fact">
        {mark ? <span className="tl-Row-mark">{mark}</span> : null}
        {ofOneKind ? [cut < 0 ? null : about.slice(cut + 1), took].filter(Boolean).join(' · ') : about}
      </span>
    </>
  );
}
