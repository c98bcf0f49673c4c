import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { isUnjudged } from '../findings';
import type { IResult, Status } from '../generated';
import { statusWords } from '../words';

/** What became of something that judges nothing: that it passed would say too much. */
export function OutcomeBadge(props: { status: Status; judged: boolean; trans: TranslationBundle }): JSX.Element {
  const { status, judged, trans } = props;
  if (judged || status !== 'pass') {
    return <StatusBadge status={status} trans={trans} />;
  }
  return (
    <span className="tl-Status" data-status="done">
      <span className="tl-Status-icon" aria-hidden="true">
        ✓
      </span>
      {trans.__('done')}
    </span>
  );
}

/** What looked at something that nobody has set a limit for: no pass, for nothing could have failed. */
export function FindingBadge(props: { result: IResult; trans: TranslationBundle }): JSX.Element | null {
  const { result, trans } = props;
  if (result.status === null) {
    return null;
  }
  if (result.status === 'pass' && isUnjudged(result)) {
    return (
      <span className="tl-Status" data-status="shown">
        <span className="tl-Status-icon" aria-hidden="true">
          ·
        </span>
        {trans.__('no limit')}
      </span>
    );
  }
  return <StatusBadge status={result.status} trans={trans} />;
}

/** A status as icon, word and colour; never by colour alone. */
export function StatusBadge(props: { status: Status; trans: TranslationBundle }): JSX.Element {
  const { icon, word } = statusWords(props.status, props.trans);
  return (
    <span className="tl-Status" data-status={props.status}>
      <span className="tl-Status-icon" aria-hidden="true">
        {icon}
      </span>
      {word}
    </span>
  );
}
