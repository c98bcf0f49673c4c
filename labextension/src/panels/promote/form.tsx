import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { IDraftAnswer } from '../../answers';
import { Said } from '../../components/said';
import { valueText } from '../../promotion';
import type { IPromotion } from '../../promotion';

/** Schedules to begin with. */
const TIMES = ['0 6 * * *', '0 6 * * MON', '0 6 1 * *'] as const;

/** What the dialog shows. */
export interface IPromoteProps {
  readonly path: string;
  readonly typed: IPromotion;
  readonly draft: IDraftAnswer | null;
  readonly error: unknown;
  readonly trans: TranslationBundle;
  type(typed: IPromotion): void;
  /** Tag the cell that was offered. */
  tag(): void;
}

/** What a promotion needs to know, and what it is going to do, before anything happens. */
export function PromoteForm(props: IPromoteProps): JSX.Element {
  const { path, typed, draft, error, trans, type } = props;
  return (
    <div className="tl-Promote">
      <p>{trans.__('%1 is copied for good and run by itself, with the values that you give here.', path)}</p>
      <label>
        {trans.__('Name of the pipeline')}
        <input
          className="jp-mod-styled"
          value={typed.name}
          onChange={event => type({ ...typed, name: event.target.value })}
        />
      </label>
      {draft === null ? null : <ParametersFields {...props} draft={draft} />}
      <Timing {...props} />
      {draft === null ? null : <Data draft={draft} trans={trans} />}
      <Coming draft={draft} error={error} trans={trans} />
    </div>
  );
}

function ParametersFields(props: IPromoteProps & { draft: IDraftAnswer }): JSX.Element {
  const { draft, typed, trans, type } = props;
  if (draft.cell === null) {
    return <NoCell {...props} />;
  }
  return (
    <fieldset>
      <legend>{trans.__('Parameters, from cell %1', draft.cell.number)}</legend>
      {draft.parameters.map(one => (
        <label key={one.name}>
          <span>
            {one.name} <span className="tl-View-unit">{one.type}</span>
          </span>
          <input
            className="jp-mod-styled"
            value={typed.values[one.name] ?? valueText(one.default)}
            onChange={event => type({ ...typed, values: { ...typed.values, [one.name]: event.target.value } })}
          />
        </label>
      ))}
    </fieldset>
  );
}

function NoCell(props: IPromoteProps & { draft: IDraftAnswer }): JSX.Element {
  const { draft, trans, tag } = props;
  const { candidate } = draft;
  return (
    <fieldset>
      <legend>{trans.__('Parameters')}</legend>
      <p>
        {trans.__(
          'No cell is tagged as the parameters, and none looks like them: every run does the same. To let runs differ, put the settings into one cell of plain assignments near the top, and tag it.'
        )}
      </p>
      {candidate === null ? null : (
        <>
          <button type="button" className="jp-mod-styled" onClick={tag}>
            {trans.__('Tag cell %1 as the parameters, and save the notebook', candidate.number)}
          </button>
          <pre className="tl-View-text">{candidate.source}</pre>
        </>
      )}
    </fieldset>
  );
}

function Timing(props: IPromoteProps): JSX.Element {
  const { typed, trans, type } = props;
  const labels = [trans.__('every morning'), trans.__('every Monday'), trans.__('every month')];
  return (
    <fieldset>
      <legend>{trans.__('Schedule')}</legend>
      <label>
        {trans.__('When it runs by itself (minute, hour, day, month, weekday); by hand only where empty')}
        <input
          className="jp-mod-styled"
          list="tl-promote-times"
          placeholder="0 6 * * MON"
          value={typed.cron}
          onChange={event => type({ ...typed, cron: event.target.value })}
        />
      </label>
      <datalist id="tl-promote-times">
        {TIMES.map((time, at) => (
          <option key={time} value={time}>
            {labels[at]}
          </option>
        ))}
      </datalist>
      <label>
        {trans.__('Time zone')}
        <input
          className="jp-mod-styled"
          value={typed.timezone}
          onChange={event => type({ ...typed, timezone: event.target.value })}
        />
      </label>
    </fieldset>
  );
}

function Data(props: { draft: IDraftAnswer; trans: TranslationBundle }): JSX.Element | null {
  const { draft, trans } = props;
  if (draft.data.length === 0) {
    return null;
  }
  return (
    <fieldset>
      <legend>{trans.__('Data that it names')}</legend>
      <ul className="tl-List">
        {draft.data.map(one => (
          <li key={one.text}>
            <code>{one.text}</code>{' '}
            {one.parameter === null
              ? trans.__('in cell %1: the same at every run', one.cell)
              : trans.__('the parameter %1', one.parameter)}
          </li>
        ))}
      </ul>
    </fieldset>
  );
}

function Coming(props: { draft: IDraftAnswer | null; error: unknown; trans: TranslationBundle }): JSX.Element {
  const { draft, error, trans } = props;
  if (error !== null) {
    return <Said error={error} />;
  }
  return (
    <section aria-live="polite">
      <h4>{trans.__('What is going to happen')}</h4>
      {draft === null ? (
        <p className="tl-Waiting">{trans.__('Looking at the notebook …')}</p>
      ) : (
        <ol>
          {draft.changes.map(change => (
            <li key={change}>{change}</li>
          ))}
        </ol>
      )}
    </section>
  );
}
