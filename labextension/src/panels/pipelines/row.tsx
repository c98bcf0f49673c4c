import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { IPipeline } from '../../answers';
import { StatusBadge } from '../../components/status';
import { factWords } from '../../pipelines';

/** One pipeline: its name, how its last run ended, and what comes next. */
export function PipelineRow(props: { pipeline: IPipeline; trans: TranslationBundle }): JSX.Element {
  const { pipeline, trans } = props;
  const last = pipeline.last_run;
  return (
    <>
      <span className="tl-Row-head">
        <span className="tl-Row-title">{pipeline.name}</span>
        {last?.status ? <StatusBadge status={last.status} trans={trans} /> : null}
        {last && !last.status ? <span className="tl-Status">{trans.__('running')}</span> : null}
      </span>
      <span className="tl-Row-fact">{factWords(pipeline, Date.now(), trans)}</span>
    </>
  );
}
