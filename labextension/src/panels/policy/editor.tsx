import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { IPolicyAnswer } from '../../answers';
import { Said } from '../../components/said';
import type { Parameters } from '../../api';
import { useSignal } from '../../components/signal';
import { Trouble } from '../../components/trouble';
import { checksOf } from '../../policy';
import { timeAgo } from '../../words';
import { Check } from './check';
import type { PolicyModel } from './model';

/** What the editor's buttons ask for. */
export interface IPolicyActions {
  /** Audit what was audited last, by this policy. */
  audit(): Promise<void>;
  open(run: string): void;
  /** Open the form of a waiver, filled in with what is said of it already. */
  waive(asked: Parameters): void;
}

/** The policy as a page of checks with their limits. */
export function PolicyEditor(props: {
  model: PolicyModel;
  actions: IPolicyActions;
  trans: TranslationBundle;
}): JSX.Element {
  const { model, actions, trans } = props;
  const [filter, setFilter] = React.useState('');
  useSignal(model.changed);
  const { answer } = model;
  const trouble =
    model.error === null ? null : <Trouble error={model.error} trans={trans} onRetry={() => void model.load()} />;
  if (answer === null) {
    return trouble ?? <p className="tl-Waiting">{trans.__('Reading the policy …')}</p>;
  }
  const families = checksOf(answer, filter);
  return (
    <article className="tl-Policy">
      <header>
        <h1>{trans.__('Policy %1', answer.policy.name)}</h1>
        <code>{model.file}</code>
      </header>
      {trouble}
      <p className="tl-Document-summary">{standing(model, answer, trans)}</p>
      <div className="tl-Policy-bar">
        <AuditAgain audit={() => actions.audit()} trans={trans} />
        <span role="status">{model.saved}</span>
      </div>
      <InForce answer={answer} open={run => actions.open(run)} trans={trans} />
      <Waivers model={model} answer={answer} waive={asked => actions.waive(asked)} trans={trans} />
      <h2>{trans.__('Checks and their limits')}</h2>
      <input
        type="search"
        className="jp-mod-styled tl-Filter"
        placeholder={trans.__('Filter: fairness rates')}
        aria-label={trans.__('Filter checks')}
        value={filter}
        onChange={event => setFilter(event.target.value)}
      />
      {families.length === 0 ? <p className="tl-Waiting">{trans.__('No check has all of these words.')}</p> : null}
      {families.map(([family, rows]) => (
        <section key={family} className="tl-Family">
          <h3>{family}</h3>
          <ul className="tl-List">
            {rows.map(row => (
              <Check
                key={row.id}
                row={row}
                edit={model.edit(row.id)}
                refused={model.refused?.check === row.id ? model.refused.error : null}
                busy={model.busy}
                trans={trans}
                type={edit => model.type(row.id, edit)}
                save={() => void model.save(row)}
                reload={() => void model.reload()}
              />
            ))}
          </ul>
        </section>
      ))}
    </article>
  );
}

function standing(model: PolicyModel, answer: IPolicyAnswer, trans: TranslationBundle): string {
  if (!model.isFile) {
    return trans.__('These are the default limits, each with its source; the first change makes %1.', model.file);
  }
  const own = Object.values(answer.checks).filter(check => check.set).length;
  const owner = answer.policy.owner ? ` ${trans.__('%1 answers for it.', answer.policy.owner)}` : '';
  return `${trans.__('%1 of %2 checks have limits of this policy; the others keep their own.', own, Object.keys(answer.checks).length)}${owner}`;
}

function AuditAgain(props: { audit: () => Promise<void>; trans: TranslationBundle }): JSX.Element {
  const { audit, trans } = props;
  const [error, setError] = React.useState<unknown>(null);
  return (
    <>
      <button
        type="button"
        className="jp-mod-styled jp-mod-accept"
        onClick={() => {
          setError(null);
          audit().catch(setError);
        }}
      >
        {trans.__('Audit again by this policy')}
      </button>
      <Said error={error} />
    </>
  );
}

function InForce(props: { answer: IPolicyAnswer; open: (run: string) => void; trans: TranslationBundle }): JSX.Element {
  const { answer, open, trans } = props;
  if (answer.audits.length === 0) {
    return <p className="tl-Teach-hint">{trans.__('In force nowhere yet: no audit was judged by these limits.')}</p>;
  }
  return (
    <p>
      {trans.__('In force: these audits were judged by exactly these limits.')}{' '}
      {answer.audits.map(audit => (
        <button key={audit.run} type="button" className="tl-Link" onClick={() => open(audit.run)}>
          {audit.model ?? trans.__('predictions')}, {timeAgo(audit.started, Date.now())}
        </button>
      ))}
    </p>
  );
}

function Waivers(props: {
  model: PolicyModel;
  answer: IPolicyAnswer;
  waive: (asked: Parameters) => void;
  trans: TranslationBundle;
}): JSX.Element {
  const { model, answer, waive, trans } = props;
  const { waivers } = answer.policy;
  const { file } = model;
  const today = new Date().toISOString().slice(0, 10);
  return (
    <>
      <h2>{trans.__('Waivers')}</h2>
      {waivers.length === 0 ? (
        <p className="tl-Teach-hint">{trans.__('Nobody answers for a fail: each one stands in the way of a promotion.')}</p>
      ) : null}
      <ul className="tl-Waivers">
        {waivers.map((one, at) => (
          <li key={at}>
            <strong>{one.check}</strong> {one.group ?? trans.__('the whole check')}:{' '}
            {one.until < today ? trans.__('expired on %1', one.until) : trans.__('until %1', one.until)}, {one.owner}:{' '}
            {one.reason} {one.ticket ?? ''}{' '}
            <button
              type="button"
              className="tl-Link"
              aria-label={trans.__('Renew the waiver of %1', one.check)}
              onClick={() => waive({ file, ...one })}
            >
              {trans.__('Renew …')}
            </button>
            <button
              type="button"
              className="tl-Link"
              aria-label={trans.__('End the waiver of %1', one.check)}
              onClick={() => waive({ file, check: one.check, ...(one.group ? { group: one.group } : {}), end: true })}
            >
              {trans.__('End …')}
            </button>
          </li>
        ))}
      </ul>
      <button type="button" className="jp-mod-styled" onClick={() => waive({ file })}>
        {trans.__('Waive a fail …')}
      </button>
    </>
  );
}
