import * as React from 'react';

/** What stands where there is nothing to show: one sentence and one button. */
export function Teach(props: {
  sentence: string;
  hint?: string | null;
  button: string;
  onClick: () => void;
  alert?: boolean;
}): JSX.Element {
  return (
    <div className="tl-Teach" role={props.alert ? 'alert' : undefined}>
      <p>{props.sentence}</p>
      {props.hint ? <p className="tl-Teach-hint">{props.hint}</p> : null}
      <button type="button" className="jp-mod-styled jp-mod-accept" onClick={props.onClick}>
        {props.button}
      </button>
    </div>
  );
}
