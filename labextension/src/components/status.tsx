import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { Status } from '../generated';
import { statusWords } from '../words';

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
