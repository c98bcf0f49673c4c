import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { IRun } from '../../api';
import type { IAsking } from '../../asking';
import { RunRow } from '../../components/run-row';
import { useSignal } from '../../components/signal';
import { Teach } from '../../components/teach';
import { Trouble } from '../../components/trouble';
import { VirtualList } from '../../components/virtual';
import { DRIFT } from './model';
import type { DriftModel, IChoice } from './model';

/** The section as elements. */
export function DriftSection(props: {
  model: DriftModel;
  services: IAsking;
  trans: TranslationBundle;
  retry: () => void;
}): JSX.Element {
  const { model, services, trans, retry } = props;
  useSignal(model.changed);
  return (
    <div className="tl-Data-frame">
      {model.repos.length > 0 ? <Pair model={model} services={services} trans={trans} /> : null}
      {model.trouble === null ? null : (
        <Trouble
          error={model.trouble}
          trans={trans}
          onRetry={() => {
            model.fail(null);
            retry();
          }}
        />
      )}
      <VirtualList<IRun>
        model={model.pages}
        label={trans.__('comparisons')}
        trans={trans}
        filter={trans.__('loans warn')}
        empty={model.trouble === null ? <Nothing model={model} services={services} trans={trans} /> : <></>}
        row={run => <RunRow run={run} trans={trans} />}
        open={run => services.openRun(run.id, run.title)}
        retry={retry}
      />
    </div>
  );
}

function Pair(props: { model: DriftModel; services: IAsking; trans: TranslationBundle }): JSX.Element {
  const { model, services, trans } = props;
  const { repo, reference, current } = model;
  const same = reference !== null && reference === current;
  return (
    <form
      className="tl-Pair"
      aria-label={trans.__('Compare two versions')}
      onSubmit={event => {
        event.preventDefault();
        services.show(DRIFT, { reference, current }).then(
          () => model.fail(null),
          (error: unknown) => model.fail(error)
        );
      }}
    >
      <Choice
        label={trans.__('Data')}
        value={repo}
        choices={model.repos.map(name => ({ ref: name, words: name }))}
        onChoose={name => void model.chooseRepo(name)}
      />
      <Choice
        label={trans.__('Earlier')}
        value={reference}
        choices={model.choices}
        onChoose={ref => model.choose('reference', ref)}
      />
      <Choice
        label={trans.__('Later')}
        value={current}
        choices={model.choices}
        onChoose={ref => model.choose('current', ref)}
      />
      <div className="tl-Pair-buttons">
        <button
          type="submit"
          className="jp-mod-styled jp-mod-accept"
          disabled={reference === null || current === null || same}
          title={same ? trans.__('These are one version; choose two.') : trans.__('Feature by feature')}
        >
          {trans.__('Look for drift')}
        </button>
        <button
          type="button"
          className="jp-mod-styled"
          onClick={() => services.form(DRIFT, { reference, current })}
        >
          {trans.__('More …')}
        </button>
      </div>
    </form>
  );
}

function Choice(props: {
  label: string;
  value: string | null;
  choices: readonly IChoice[];
  onChoose: (ref: string) => void;
}): JSX.Element {
  const { label, value, choices, onChoose } = props;
  return (
    <label className="tl-Pair-field">
      <span>{label}</span>
      <select
        className="jp-mod-styled"
        value={value ?? ''}
        disabled={choices.length === 0}
        onChange={event => onChoose(event.target.value)}
      >
        {choices.map(choice => (
          <option key={choice.ref} value={choice.ref}>
            {choice.words}
          </option>
        ))}
      </select>
    </label>
  );
}

function Nothing(props: { model: DriftModel; services: IAsking; trans: TranslationBundle }): JSX.Element {
  const { model, services, trans } = props;
  return model.repos.length === 0 ? (
    <Teach
      sentence={trans.__('Drift is between two versions of data, and none is kept here yet.')}
      button={trans.__('Commit data')}
      onClick={() => services.form('data.commit', {})}
    />
  ) : (
    <p className="tl-Waiting">{trans.__('Nothing was compared yet: choose an earlier and a later version.')}</p>
  );
}
