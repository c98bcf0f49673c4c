import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { ApiError } from '../../api';
import { hintOf, messageOf } from '../../errors';
import { limitText } from '../../policy';
import type { ICheckRow, IEdit } from '../../policy';

/** What a row of the editor shows and can do. */
export interface ICheckProps {
  readonly row: ICheckRow;
  readonly edit: IEdit | undefined;
  readonly refused: unknown;
  readonly busy: boolean;
  readonly trans: TranslationBundle;
  type(edit: IEdit | null): void;
  save(): void;
  reload(): void;
}

/** One check: its question, its limits with who set them and why, and the fields that change them. */
export function Check(props: ICheckProps): JSX.Element {
  const { row, edit, trans, type } = props;
  const { entry } = row;
  const worse = row.better === 'lower' ? trans.__('lower is better') : trans.__('higher is better');
  return (
    <li className="tl-Check" data-check={row.id} data-set={row.set}>
      <div className="tl-Check-words">
        <h4>
          {row.title} <code>{row.id}</code>
        </h4>
        <p>{row.question}</p>
        <p className="tl-Teach-hint">
          {trans.__('Source: %1', entry.source)}
          {entry.owner ? ` · ${trans.__('owner: %1', entry.owner)}` : null}
          {entry.reason ? ` · ${trans.__('because: %1', entry.reason)}` : null}
        </p>
      </div>
      <dl className="tl-Check-limits">
        <div>
          <dt>{trans.__('warn')}</dt>
          <dd>{limitText(entry.warn)}</dd>
        </div>
        <div>
          <dt>{trans.__('fail')}</dt>
          <dd>{limitText(entry.fail)}</dd>
        </div>
        <div>
          <dt>{row.set ? trans.__('this policy') : trans.__('the default')}</dt>
          <dd>{entry.ask === false ? trans.__('not asked') : worse}</dd>
        </div>
      </dl>
      <button
        type="button"
        className="jp-mod-styled"
        aria-expanded={edit !== undefined}
        aria-label={edit === undefined ? trans.__('Change %1', row.title) : trans.__('Leave %1 as it is', row.title)}
        onClick={() => type(edit === undefined ? {} : null)}
      >
        {edit === undefined ? trans.__('Change') : trans.__('Leave')}
      </button>
      {edit === undefined ? null : <Fields {...props} edit={edit} />}
    </li>
  );
}

function Fields(props: ICheckProps & { edit: IEdit }): JSX.Element {
  const { row, edit, refused, busy, trans, type, save, reload } = props;
  const { entry } = row;
  const fields: readonly (readonly ['warn' | 'fail' | 'owner' | 'reason', string, string])[] = [
    ['warn', trans.__('Warn at'), limitText(entry.warn)],
    ['fail', trans.__('Fail at'), limitText(entry.fail)],
    ['owner', trans.__('Owner'), entry.owner ?? ''],
    ['reason', trans.__('Reason'), entry.reason ?? '']
  ];
  const said = refused === null ? null : messageOf(refused);
  const hint = hintOf(refused);
  const stale = refused instanceof ApiError && refused.code === 'conflict';
  return (
    <form
      className="tl-Check-form"
      aria-label={trans.__('Change %1', row.title)}
      noValidate
      onSubmit={event => {
        event.preventDefault();
        save();
      }}
    >
      {fields.map(([key, label, now]) => (
        <label key={key} data-key={key}>
          {label}
          <input
            className="jp-mod-styled"
            inputMode={key === 'warn' || key === 'fail' ? 'decimal' : 'text'}
            value={edit[key] ?? now}
            onChange={event => type({ ...edit, [key]: event.target.value })}
          />
        </label>
      ))}
      <label className="tl-Check-ask">
        <input
          type="checkbox"
          checked={edit.ask ?? entry.ask ?? true}
          onChange={event => type({ ...edit, ask: event.target.checked })}
        />
        {trans.__('An audit asks it')}
      </label>
      <button type="submit" className="jp-mod-styled jp-mod-accept" disabled={busy}>
        {trans.__('Save')}
      </button>
      {said === null ? null : (
        <div role="alert" className="tl-Field-said">
          {said}. {hint ? <span className="tl-Teach-hint">{hint}.</span> : null}{' '}
          {stale ? (
            <button type="button" className="jp-mod-styled" onClick={reload}>
              {trans.__('Read the file again; what you typed stays')}
            </button>
          ) : null}
        </div>
      )}
    </form>
  );
}
