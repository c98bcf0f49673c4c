import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { IAsking } from '../../asking';
import { useSignal } from '../../components/signal';
import { Teach } from '../../components/teach';
import { Told } from '../../components/told';
import { Trouble } from '../../components/trouble';
import { VirtualList } from '../../components/virtual';
import { actionsOf } from './actions';
import type { ModelsModel, Row } from './model';
import { auditStatus, metricFacts, modelRef, subjectOf, tagOf } from './records';
import type { IModelVersion } from './records';

/** The section as elements. */
export function ModelsSection(props: {
  model: ModelsModel;
  services: IAsking;
  trans: TranslationBundle;
  retry: () => void;
}): JSX.Element {
  const { model, services, trans, retry } = props;
  useSignal(model.changed);
  const { about } = model;
  const what = about === null ? trans.__('models') : trans.__('audits of %1', modelRef(about));
  return (
    <div className="tl-Data-frame">
      <div className="tl-Bar">
        <nav className="tl-Trail" aria-label={trans.__('Where in the models')}>
          {about === null ? null : (
            <button type="button" onClick={() => model.show(null)}>
              {trans.__('all models')}
            </button>
          )}
          <span aria-current="location">{about === null ? trans.__('all models') : what}</span>
        </nav>
        <button
          type="button"
          className="jp-mod-styled tl-Bar-button"
          onClick={() => (about === null ? services.form('train', {}) : services.form('audit', subjectOf(about)))}
        >
          {about === null ? trans.__('Train a model') : trans.__('Audit it')}
        </button>
      </div>
      {model.trouble === null ? null : (
        <Trouble error={model.trouble} trans={trans} onRetry={() => model.fail(null)} />
      )}
      <VirtualList<Row>
        key={what}
        model={model.pages}
        label={what}
        trans={trans}
        filter={about === null ? trans.__('lender champion') : trans.__('fail')}
        empty={<Nothing about={about} services={services} trans={trans} />}
        row={row => <ModelRow row={row} picked={model.picked} trans={trans} />}
        open={row => open(row, model, services)}
        actions={row => actionsOf(row, model, services, trans)}
        retry={retry}
      />
    </div>
  );
}

/** A version, or an audit of one. */
export function ModelRow(props: { row: Row; picked: IModelVersion | null; trans: TranslationBundle }): JSX.Element {
  const { row, picked, trans } = props;
  if (row.kind === 'audit') {
    const { data, status, started, summary, author } = row.audit;
    const title = trans.__('on %1', data ?? trans.__('data without a name'));
    return <Told title={title} status={status} time={started} facts={[summary, author]} trans={trans} />;
  }
  const { version } = row;
  const status = auditStatus(version);
  const marks = [
    version.champion ? '★' : null,
    picked !== null && modelRef(picked) === modelRef(version) ? trans.__('chosen') : null
  ];
  return (
    <Told
      title={modelRef(version)}
      mark={marks.filter(Boolean).join(' · ')}
      status={status}
      time={version.created}
      facts={[version.champion ? trans.__('champion') : null, status === null ? trans.__('not audited') : null, ...metricFacts(version), tagOf(version, 'data.name')]}
      trans={trans}
    />
  );
}

function Nothing(props: {
  about: IModelVersion | null;
  services: IAsking;
  trans: TranslationBundle;
}): JSX.Element {
  const { about, services, trans } = props;
  return about === null ? (
    <Teach
      sentence={trans.__('No model is registered here yet; one that is trained under a name is.')}
      button={trans.__('Train a model')}
      onClick={() => services.form('train', {})}
    />
  ) : (
    <Teach
      sentence={trans.__('Nobody has audited %1 yet; an audit says whether it can be trusted.', modelRef(about))}
      button={trans.__('Audit it')}
      onClick={() => services.form('audit', subjectOf(about))}
    />
  );
}

function open(row: Row, model: ModelsModel, services: IAsking): void {
  if (row.kind === 'audit') {
    services.openRun(row.audit.run, model.about === null ? row.audit.run : modelRef(model.about));
  } else {
    services
      .show('model.show', { model: modelRef(row.version) })
      .catch((error: unknown) => model.fail(error));
  }
}
