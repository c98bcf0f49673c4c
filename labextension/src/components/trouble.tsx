import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { ApiError } from '../api';
import { hintOf, messageOf } from '../errors';
import { Teach } from './teach';

/** What went wrong, in plain words, and what to do. */
export function Trouble(props: {
  error: unknown;
  trans: TranslationBundle;
  onRetry: () => void;
}): JSX.Element {
  const { error, trans, onRetry } = props;
  const unreachable = error instanceof ApiError && error.code === 'unreachable';
  return (
    <Teach
      alert
      sentence={unreachable ? trans.__('The Jupyter server does not answer.') : messageOf(error)}
      hint={unreachable ? trans.__('What is shown may be old; nothing is lost.') : hintOf(error)}
      button={trans.__('Try again')}
      onClick={onRetry}
    />
  );
}
