import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { ApiError } from '../api';
import type { IOperation, Parameters } from '../api';
import { hintOf, messageOf } from '../errors';
import { fieldOf, fieldsOf, missing, parametersOf } from '../fields';
import type { IField, Texts } from '../fields';
import { lineTo, magicWith } from '../magic';
import { Field } from './field';

/** The form that an operation's schema gives: required fields first, the others under "More", the magic at the foot. */
export function OperationForm(props: {
  operation: IOperation;
  texts: Texts;
  /** What the server last said against it. */
  error: unknown;
  /** A job of this form runs. */
  busy: boolean;
  trans: TranslationBundle;
  onChange: (texts: Texts) => void;
  onSubmit: (parameters: Parameters) => void;
  insert: (line: string) => void;
  /** What could stand at the end of a line. */
  complete: (line: string) => Promise<readonly string[]>;
}): JSX.Element {
  const { operation, texts, error, busy, trans, onChange, onSubmit, insert, complete } = props;
  // Two forms of one operation may be open at once.
  const base = React.useId();
  const [asked, setAsked] = React.useState(false);
  const fields = React.useMemo(() => fieldsOf(operation), [operation]);
  // What was filled in beforehand belongs to the first look, and so does what the operation's own example gives.
  const [shown] = React.useState(() => new Set([...Object.keys(texts), ...Object.keys(operation.example)]));
  const first = fields.filter(field => field.required || shown.has(field.name));
  const more = fields.filter(field => !first.includes(field));
  const parameters = parametersOf(fields, texts);
  const line = magicWith(operation, parameters);
  const lacking = new Set(asked ? missing(fields, texts) : []);
  const message = error === null ? null : messageOf(error);
  const hint = hintOf(error);
  // Who stopped it needs no alarm.
  const stopped = error instanceof ApiError && error.code === 'interrupted';
  const at = message === null || stopped ? null : fieldOf(fields, message);
  const said = (field: IField): string | null =>
    lacking.has(field.name) ? trans.__('This is needed.') : field.name === at ? message : null;
  const unavailable = operation.unavailable ?? null;
  const show = (field: IField): JSX.Element => (
    <Field
      key={field.name}
      id={`${base}-${field.name}`}
      field={field}
      value={texts[field.name]}
      said={said(field)}
      trans={trans}
      onChange={text => onChange({ ...texts, [field.name]: text })}
      suggest={text => complete(lineTo(operation, parameters, field.name, text))}
    />
  );
  const submit = (event: React.FormEvent): void => {
    event.preventDefault();
    setAsked(true);
    if (missing(fields, texts).length === 0) {
      onSubmit(parameters);
    }
  };
  return (
    <form className="tl-Form" onSubmit={submit} noValidate aria-label={operation.title}>
      {first.map(show)}
      {more.length > 0 ? (
        <details className="tl-Form-more" open={more.some(field => said(field) !== null) || undefined}>
          <summary>{trans.__('More (%1)', more.length)}</summary>
          {more.map(show)}
        </details>
      ) : null}
      {message !== null && at === null ? (
        <p className={stopped ? 'tl-Teach-hint' : 'tl-Field-said'} role={stopped ? 'status' : 'alert'}>
          {message}
        </p>
      ) : null}
      {hint === null ? null : <p className="tl-Teach-hint">{hint}</p>}
      {unavailable === null ? null : (
        <p className="tl-Field-said" id={`${base}-unavailable`}>
          {unavailable}
        </p>
      )}
      <div className="tl-Form-foot">
        <button
          type="submit"
          className="jp-mod-styled jp-mod-accept"
          disabled={busy || unavailable !== null}
          aria-describedby={unavailable === null ? undefined : `${base}-unavailable`}
        >
          {operation.title}
        </button>
        <button
          type="button"
          className="jp-mod-styled tl-Advice"
          title={trans.__('Write this line into a cell of the notebook')}
          onClick={() => insert(line)}
        >
          {line}
        </button>
      </div>
    </form>
  );
}
