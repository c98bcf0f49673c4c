import * as React from 'react';

import { hintOf, messageOf } from '../errors';

/** What was said against something that was asked for, beside where it was asked, and what to do. */
export function Said(props: { error: unknown }): JSX.Element | null {
  const { error } = props;
  if (error === null) {
    return null;
  }
  const hint = hintOf(error);
  return (
    <p role="alert" className="tl-Field-said">
      {messageOf(error)} {hint === null ? null : <span className="tl-Teach-hint">{hint}</span>}
    </p>
  );
}
