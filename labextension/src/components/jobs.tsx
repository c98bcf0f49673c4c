import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { IJob } from '../api';
import { isOver } from '../jobs';
import { JobProgress } from './progress';
import { Teach } from './teach';

const LATELY = 20;

/** The jobs that run, each with its way on and its Stop, and those that are over. */
export function JobList(props: {
  jobs: readonly IJob[];
  trans: TranslationBundle;
  onOpen: (job: IJob) => void;
  onStop: (job: IJob) => void;
  onAsk: () => void;
}): JSX.Element {
  const { jobs, trans, onOpen, onStop, onAsk } = props;
  const running = jobs.filter(job => !isOver(job));
  const over = jobs.filter(isOver).slice(0, LATELY);
  const list = (some: readonly IJob[], title: string): JSX.Element | null =>
    some.length === 0 ? null : (
      <section aria-label={title}>
        <h3 className="tl-Jobs-title">{title}</h3>
        <ul className="tl-List">
          {some.map(job => (
            <li key={job.id}>
              <JobProgress job={job} trans={trans} onOpen={() => onOpen(job)} onStop={() => onStop(job)} />
            </li>
          ))}
        </ul>
      </section>
    );
  return (
    <div className="tl-Jobs-lists">
      {running.length === 0 ? (
        <Teach sentence={trans.__('Nothing runs now.')} button={trans.__('Ask trustlab …')} onClick={onAsk} />
      ) : (
        list(running, trans.__('Running'))
      )}
      {list(over, trans.__('Over'))}
    </div>
  );
}
