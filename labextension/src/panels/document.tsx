import type { TranslationBundle } from '@jupyterlab/translation';
import { ReactWidget } from '@jupyterlab/ui-components';
import * as React from 'react';

import type { IDocument, IGuide } from '../api';
import { FindingBadge, OutcomeBadge } from '../components/status';
import { Trouble } from '../components/trouble';
import { choices, chosen, EVERYTHING, worstFirst } from '../findings';
import type { IChoice } from '../findings';
import type { IResult } from '../generated';
import { ViewFigure } from '../renderers';
import type { IRenderers } from '../tokens';
import { cellText, statusWords } from '../words';

/** With fewer findings there is nothing to choose. */
const FEW = 4;

/** Reads what stands beside the findings of a run. */
export type ReadGuide = (run: string) => Promise<Readonly<Record<string, IGuide>>>;

/** One run in the main area: its sentence, its findings worst first, and what they show. */
export class DocumentPanel extends ReactWidget {
  constructor(
    private readonly read: () => Promise<IDocument>,
    private readonly guide: ReadGuide,
    private readonly renderers: IRenderers,
    private readonly insert: (line: string) => void,
    private readonly trans: TranslationBundle
  ) {
    super();
    this.addClass('tl-Document');
    void this.load();
  }

  protected render(): JSX.Element {
    if (this._document) {
      return (
        <DocumentBody
          document={this._document}
          guide={this.guide}
          renderers={this.renderers}
          insert={this.insert}
          trans={this.trans}
        />
      );
    }
    return this._error === null ? (
      <p className="tl-Waiting">{this.trans.__('Reading the run …')}</p>
    ) : (
      <Trouble error={this._error} trans={this.trans} onRetry={() => void this.load()} />
    );
  }

  private async load(): Promise<void> {
    this._error = null;
    try {
      this._document = await this.read();
    } catch (error) {
      this._error = error;
    }
    this.update();
  }

  private _document: IDocument | null = null;
  private _error: unknown = null;
}

interface IShown {
  readonly renderers: IRenderers;
  readonly trans: TranslationBundle;
  insert(line: string): void;
}

/** A document: its sentence, its findings to choose from and to open, its own views, and what to do next. */
export function DocumentBody(props: IShown & { document: IDocument; guide?: ReadGuide }): JSX.Element {
  const { document, guide, renderers, insert, trans } = props;
  const [choice, choose] = React.useState(EVERYTHING);
  const results = worstFirst(document.results);
  const shown = chosen(results, choice);
  const run = document.provenance['run'];
  const told = useGuide(typeof run === 'string' && results.length > 0 ? run : null, guide);
  return (
    <article>
      <header>
        <h1>{document.title}</h1>
        <OutcomeBadge status={document.status} judged={results.length > 0} trans={trans} />
      </header>
      {document.summary ? <p className="tl-Document-summary">{document.summary}</p> : null}
      {results.length > FEW ? (
        <Chooser results={results} shown={shown.length} choice={choice} onChange={choose} trans={trans} />
      ) : null}
      {shown.map(result => (
        <Finding
          key={result.id}
          result={result}
          told={told.guide?.[result.id] ?? null}
          wanted={told.want}
          renderers={renderers}
          insert={insert}
          trans={trans}
        />
      ))}
      {document.views.map(view => (
        <ViewFigure key={view.name} view={view} renderers={renderers} />
      ))}
      {document.advice.length > 0 ? (
        <footer>
          <h2>{trans.__('What now')}</h2>
          <Lines lines={document.advice} insert={insert} />
        </footer>
      ) : null}
    </article>
  );
}

/** Read the guide of a run when the first finding is opened. */
function useGuide(
  run: string | null,
  read: ReadGuide | undefined
): { guide: Readonly<Record<string, IGuide>> | null; want: () => void } {
  const [guide, setGuide] = React.useState<Readonly<Record<string, IGuide>> | null>(null);
  const asked = React.useRef(false);
  const want = (): void => {
    if (asked.current || run === null || read === undefined) {
      return;
    }
    asked.current = true;
    read(run).then(setGuide, () => {
      // The numbers stand without it; the next finding that is opened asks again.
      asked.current = false;
    });
  };
  return { guide, want };
}

function Chooser(props: {
  results: readonly IResult[];
  shown: number;
  choice: IChoice;
  trans: TranslationBundle;
  onChange: (choice: IChoice) => void;
}): JSX.Element {
  const { results, shown, choice, trans, onChange } = props;
  const { families, statuses } = choices(results);
  return (
    <div className="tl-Chooser" role="search">
      <input
        type="search"
        className="jp-mod-styled"
        placeholder={trans.__('Filter: fail fairness')}
        aria-label={trans.__('Filter findings')}
        value={choice.words}
        onChange={event => onChange({ ...choice, words: event.target.value })}
      />
      <select
        className="jp-mod-styled"
        aria-label={trans.__('Family')}
        value={choice.family}
        onChange={event => onChange({ ...choice, family: event.target.value })}
      >
        <option value="">{trans.__('every family')}</option>
        {families.map(family => (
          <option key={family} value={family}>
            {family}
          </option>
        ))}
      </select>
      <select
        className="jp-mod-styled"
        aria-label={trans.__('Status')}
        value={choice.status}
        onChange={event => onChange({ ...choice, status: event.target.value })}
      >
        <option value="">{trans.__('every status')}</option>
        {statuses.map(status => (
          <option key={status} value={status}>
            {statusWords(status, trans).word}
          </option>
        ))}
      </select>
      <span role="status">{trans.__('%1 of %2 checks', shown, results.length)}</span>
    </div>
  );
}

function Finding(
  props: IShown & {
    result: IResult;
    told: IGuide | null;
    /** Called when what stands beside the numbers is wanted. */
    wanted: () => void;
  }
): JSX.Element {
  const { result, told, wanted, renderers, insert, trans } = props;
  const [open, setOpen] = React.useState(false);
  return (
    <details
      className="tl-Finding"
      onToggle={event => {
        if (event.currentTarget.open) {
          setOpen(true);
          wanted();
        }
      }}
    >
      <summary>
        <FindingBadge result={result} trans={trans} />
        <span className="tl-Finding-title">{result.title}</span>
        <span className="tl-Finding-reason">{result.reason}</span>
      </summary>
      {open ? (
        <div className="tl-Finding-body">
          <Figures result={result} trans={trans} />
          {result.views.map(view => (
            <ViewFigure key={view.name} view={view} renderers={renderers} />
          ))}
          {told === null ? <Lines lines={result.advice} insert={insert} /> : <Told told={told} insert={insert} trans={trans} />}
        </div>
      ) : null}
    </details>
  );
}

/** The headline number with its interval, n and limits. */
function Figures(props: { result: IResult; trans: TranslationBundle }): JSX.Element | null {
  const { result, trans } = props;
  const { value, interval, n, unit, threshold } = result;
  if (value === null && !threshold) {
    return null;
  }
  const bounds = interval === null ? [] : interval.map(cellText);
  const number = [
    value === null ? '–' : cellText(value),
    bounds.length === 2 ? trans.__('(%1 to %2)', ...bounds) : '',
    unit ?? '',
    n === null ? '' : trans.__('· n %1', n.toLocaleString())
  ];
  const limits = [
    threshold?.warn === null || threshold === null ? '' : trans.__('warn at %1', cellText(threshold.warn)),
    threshold?.fail === null || threshold === null ? '' : trans.__('fail at %1', cellText(threshold.fail))
  ].filter(Boolean);
  return (
    <p className="tl-Finding-figures">
      <strong>{number.filter(Boolean).join(' ')}</strong>
      {threshold ? (
        <span className="tl-Finding-source"> {[...limits, threshold.source].filter(Boolean).join(' · ')}</span>
      ) : null}
    </p>
  );
}

function Told(props: { told: IGuide; trans: TranslationBundle; insert: (line: string) => void }): JSX.Element {
  const { told, trans, insert } = props;
  return (
    <>
      {told.meaning.length > 0 ? <h3>{trans.__('What this means')}</h3> : null}
      {told.meaning.map((sentence, at) => (
        <p key={at}>{sentence}</p>
      ))}
      {told.advice.length > 0 ? <h3>{trans.__('What to do')}</h3> : null}
      <Lines lines={told.advice} insert={insert} />
      {told.references.length > 0 ? <h3>{trans.__('Reference')}</h3> : null}
      {told.references.map(reference => (
        <p key={reference}>{reference}</p>
      ))}
      {told.code === null ? null : (
        <>
          <h3>{trans.__('The code that made this')}</h3>
          <Lines lines={[told.code]} insert={insert} />
        </>
      )}
    </>
  );
}

/** Sentences as they are; a magic as a button that writes it into a cell. */
function Lines(props: { lines: readonly string[]; insert: (line: string) => void }): JSX.Element {
  return (
    <>
      {props.lines.map(line =>
        line.startsWith('%') ? (
          <button key={line} type="button" className="jp-mod-styled tl-Advice" onClick={() => props.insert(line)}>
            {line}
          </button>
        ) : (
          <p key={line}>{line}</p>
        )
      )}
    </>
  );
}
