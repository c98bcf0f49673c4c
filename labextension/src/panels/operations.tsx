import type { TranslationBundle } from '@jupyterlab/translation';
import { UseSignal } from '@jupyterlab/ui-components';
import * as React from 'react';

import type { IOperation } from '../api';
import { LiveWidget } from '../components/live';
import { Teach } from '../components/teach';
import { Trouble } from '../components/trouble';
import { grouped, matching, parameterView } from '../catalogue';
import { magicFor } from '../magic';
import type { WholeModel } from '../model';
import { ViewFigure } from '../renderers';
import type { IRenderers } from '../tokens';

// Operations change when packages are installed, which is rare.
const SECONDS = 300;

/** Everything that can be asked, by family; a click opens the form, and its magic can be written into the notebook. */
export class OperationsPanel extends LiveWidget {
  constructor(
    private readonly model: WholeModel<IOperation>,
    private readonly renderers: IRenderers,
    private readonly insert: (line: string) => void,
    private readonly ask: (operation: IOperation) => void,
    private readonly trans: TranslationBundle
  ) {
    super('trustlab:operations', SECONDS);
  }

  async refresh(): Promise<void> {
    await this.model.refresh();
    if (this.model.error !== null) {
      throw this.model.error;
    }
  }

  protected render(): JSX.Element {
    return (
      <UseSignal signal={this.model.changed}>
        {() => (
          <>
            {this.model.error === null ? null : (
              <Trouble error={this.model.error} trans={this.trans} onRetry={() => this.soon()} />
            )}
            {this.model.loaded ? (
              <Operations
                operations={this.model.items}
                renderers={this.renderers}
                insert={this.insert}
                ask={this.ask}
                trans={this.trans}
              />
            ) : this.model.error === null ? (
              <p className="tl-Waiting">{this.trans.__('Reading the operations …')}</p>
            ) : null}
          </>
        )}
      </UseSignal>
    );
  }
}

function Operations(props: {
  operations: readonly IOperation[];
  renderers: IRenderers;
  insert: (line: string) => void;
  ask: (operation: IOperation) => void;
  trans: TranslationBundle;
}): JSX.Element {
  const { operations, renderers, insert, ask, trans } = props;
  const [filter, setFilter] = React.useState('');
  const found = matching(operations, filter);
  return (
    <>
      <input
        type="search"
        className="jp-mod-styled tl-Filter"
        placeholder={trans.__('Filter: fairness rates')}
        aria-label={trans.__('Filter operations')}
        value={filter}
        onChange={event => setFilter(event.target.value)}
      />
      {found.length === 0 ? (
        <Teach
          sentence={trans.__('No operation has all of these words.')}
          button={trans.__('Show all')}
          onClick={() => setFilter('')}
        />
      ) : null}
      {grouped(found, trans.__('everyday')).map(([family, members]) => (
        <section key={family} className="tl-Family">
          <h3>{family}</h3>
          <ul className="tl-List">
            {members.map(operation => (
              <li key={operation.id}>
                <OperationRow operation={operation} renderers={renderers} insert={insert} ask={ask} trans={trans} />
              </li>
            ))}
          </ul>
        </section>
      ))}
    </>
  );
}

function OperationRow(props: {
  operation: IOperation;
  renderers: IRenderers;
  insert: (line: string) => void;
  ask: (operation: IOperation) => void;
  trans: TranslationBundle;
}): JSX.Element {
  const { operation, renderers, insert, ask, trans } = props;
  const [open, setOpen] = React.useState(false);
  const line = magicFor(operation);
  const details = `tl-details-${operation.id}`;
  return (
    <>
      <div className="tl-Row-pair">
        <button
          type="button"
          className="tl-Row"
          title={operation.unavailable ?? trans.__('Open its form')}
          onClick={() => ask(operation)}
        >
          <span className="tl-Row-title">{operation.title}</span>
          <span className="tl-Row-fact">{operation.summary}</span>
        </button>
        <button
          type="button"
          className="tl-Row-more"
          aria-expanded={open}
          aria-controls={details}
          aria-label={trans.__('Parameters of %1', operation.title)}
          onClick={() => setOpen(!open)}
        >
          {open ? '▾' : '▸'}
        </button>
      </div>
      <div id={details} className="tl-Row-details" hidden={!open}>
        {open ? (
          <>
            <button type="button" className="jp-mod-styled tl-Advice" onClick={() => insert(line)}>
              {line}
            </button>
            <ViewFigure view={parameterView(operation, trans)} renderers={renderers} />
          </>
        ) : null}
      </div>
    </>
  );
}
