import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { isUnjudged } from '../findings';
import type { IResult, Status } from '../generated';
import { statusWords } from '../words';

/** A mark with its word and its colour; never by colour alone. */
function Badge(props: { status: Status | 'done' | 'shown'; icon: string; word: string }): JSX.Element {
  const { status, icon, word } = props;
  return (
    <span className="tl-Status" data-status={status}>
      <span className="tl-Status-icon" aria-hidden="true">
        {icon}
      </span>
      {word}
    </span>
  );
}

/** A status as icon and word. */
export function StatusBadge(props: { status: Status; trans: TranslationBundle }): JSX.Element {
  return <Badge status={props.status} {...statusWords(props.status, props.trans)} />;
}

/** What became of something that judges nothing: that it passed would say too much. */
export function OutcomeBadge(props: { status: Status; judged: boolean; trans: TranslationBundle }): JSX.Element {
  const { status, judged, trans } = props;
  return judged || status !== 'pass' ? (
    <StatusBadge status={status} trans={trans} />
  ) : (
    <Badge status="done" icon="✓" word={trans.__('done')} />
  );
}

/** What looked at something that nobody has set a limit for: no pass, for nothing could have failed. */
export function FindingBadge(props: { result: IResult; trans: TranslationBundle }): JSX.Element | null {
  const { result, trans } = props;
  if (result.status === null) {
    return null;
  }
  return result.status === 'pass' && isUnjudged(result) ? (
    <Badge status="shown" icon="·" word={trans.__('no limit')} />
  ) : (
    <StatusBadge status={result.status} trans={trans} />
  );
}

/** What ended without an answer, in a word such as failed. */
export function EndedBadge(props: { word: string }): JSX.Element {
  return <Badge status="error" icon="⚠" word={props.word} />;
}
