import type { TranslationBundle } from '@jupyterlab/translation';
import { ReactWidget } from '@jupyterlab/ui-components';
import * as React from 'react';

import type { IJob } from '../api';
import { JobList } from '../components/jobs';
import { runningWords } from '../components/progress';
import { useSignal } from '../components/signal';
import { watchWhileSeen } from '../components/watch';
import { shieldIcon } from '../icon';
import type { JobStore } from '../jobs';

/** What the jobs' widgets need of their surroundings. */
export interface IJobsServices {
  readonly jobs: JobStore;
  readonly trans: TranslationBundle;
  open(job: IJob): void;
  /** Open a form. */
  ask(): void;
}

/** The jobs that are known, while they are looked at. */
export class JobsPanel extends ReactWidget {
  constructor(private readonly services: IJobsServices) {
    super();
    this.addClass('tl-Jobs');
    this.node.tabIndex = -1;
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', services.trans.__('trustlab jobs'));
    watchWhileSeen(this, services.jobs);
  }

  protected render(): JSX.Element {
    return <Known services={this.services} focus={() => this.node.focus()} />;
  }
}

function Known(props: { services: IJobsServices; focus: () => void }): JSX.Element {
  const { jobs, trans, open, ask } = props.services;
  useSignal(jobs.changed);
  const stop = (job: IJob): void => {
    // The button goes away with the job: the keyboard stays in the list.
    props.focus();
    void jobs.stop(job.id);
  };
  return <JobList jobs={jobs.jobs} trans={trans} onOpen={open} onStop={stop} onAsk={ask} />;
}

/** The status bar's item: how many jobs run, and how far the only one is. */
export class JobsItem extends ReactWidget {
  /** @param toggle - Show the list of them beside this item, or put it away. */
  constructor(
    private readonly jobs: JobStore,
    private readonly trans: TranslationBundle,
    private readonly toggle: () => void
  ) {
    super();
    this.addClass('tl-JobsItem');
    this.addClass('jp-mod-highlight');
  }

  protected render(): JSX.Element {
    return <Running jobs={this.jobs} trans={this.trans} onClick={this.toggle} />;
  }
}

function Running(props: { jobs: JobStore; trans: TranslationBundle; onClick: () => void }): JSX.Element {
  const { jobs, trans, onClick } = props;
  useSignal(jobs.changed);
  const words = runningWords(jobs.running, trans);
  return (
    <button
      type="button"
      aria-haspopup="true"
      aria-label={trans.__('trustlab: %1. Show the jobs', words)}
      title={trans.__('Show what trustlab runs')}
      onClick={onClick}
    >
      <shieldIcon.react tag="span" height="14px" width="14px" />
      <span>{words}</span>
    </button>
  );
}
