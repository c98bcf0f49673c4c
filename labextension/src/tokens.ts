import { Token } from '@lumino/coreutils';
import type { IDisposable } from '@lumino/disposable';
import type { ISignal } from '@lumino/signaling';
import type { Widget } from '@lumino/widgets';
import type { ReactElement } from 'react';

import type { View } from './generated';
import type { JobStore } from './jobs';

/** Something that stands in a registry. */
export interface IEntry {
  /** Unique within its registry. */
  readonly id: string;
  /** Lower comes first. */
  readonly rank?: number;
}

/** A registry of one shape for everything that can be added. */
export interface IRegistry<T extends IEntry> {
  /** Add an entry; dispose the answer to take it away. */
  add(entry: T): IDisposable;
  /** The entries by rank, then in the order they came. */
  readonly entries: readonly T[];
  /** Emitted after an entry came or went. */
  readonly changed: ISignal<this, void>;
}

/** A section of the sidebar: one plugin and one call of `add`. */
export interface ISection extends IEntry {
  /** What stands on the accordion's bar. */
  readonly title: string;
  /** Whether it is open at first: on a small screen there is room for a few. */
  readonly open?: boolean;
  /** Make the section's content; called once, when the section is added. */
  create(): Widget;
}

/** How one kind of view is shown. A renderer builds elements and text nodes, never markup. */
export interface IRenderer extends IEntry {
  /** The view kind, such as `table`. */
  readonly id: View['kind'];
  render(view: View): ReactElement;
}

export type ISections = IRegistry<ISection>;
export type IRenderers = IRegistry<IRenderer>;

export const ISections = new Token<ISections>(
  'trustlab:ISections',
  'The sections of the trustlab sidebar.'
);

export const IRenderers = new Token<IRenderers>(
  'trustlab:IRenderers',
  'How each kind of trustlab view is shown.'
);

/** The jobs of the server, as this page knows them; there is one store for all panels. */
export type IJobs = JobStore;

export const IJobs = new Token<IJobs>('trustlab:IJobs', 'The jobs that the trustlab server runs.');

/** The commands that the extension adds. */
export namespace CommandIDs {
  export const showSidebar = 'trustlab:show-sidebar';
  export const insert = 'trustlab:insert';
  export const openRun = 'trustlab:open-run';
  /** The form of an operation: `{ operation, parameters? }`. */
  export const openForm = 'trustlab:open-form';
  /** A job, wherever it was started: `{ job }`. */
  export const openJob = 'trustlab:open-job';
  /** What runs now and what is over, in a tab. */
  export const showJobs = 'trustlab:show-jobs';
  /** The address of the tab that is open, to be sent to somebody. */
  export const copyLink = 'trustlab:copy-link';
  /** A run as one file in a frame: `{ run }`. */
  export const openPage = 'trustlab:open-page';
  /** The policy's editor: `{ file? }`. */
  export const openPolicy = 'trustlab:open-policy';
  /** A pipeline: `{ pipeline }`. */
  export const openPipeline = 'trustlab:open-pipeline';
  /** The notebook's buttons. */
  export const auditNotebook = 'trustlab:audit-notebook';
  export const promoteNotebook = 'trustlab:promote-notebook';
  export const openQuickstart = 'trustlab:open-quickstart';
}
