import type { TranslationBundle } from '@jupyterlab/translation';
import { ReactWidget } from '@jupyterlab/ui-components';
import * as React from 'react';

import type { IDocument } from '../api';
import { StatusBadge } from '../components/status';
import { Trouble } from '../components/trouble';
import { SEVERITY } from '../generated';
import type { IResult } from '../generated';
import { ViewFigure } from '../renderers';
import type { IRenderers } from '../tokens';

/** One run in the main area: its sentence, its findings worst first, and what they show. */
export class DocumentPanel extends ReactWidget {
  constructor(
    private readonly read: () => Promise<IDocument>,
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
        <DocumentBody document={this._document} renderers={this.renderers} insert={this.insert} trans={this.trans} />
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

export function DocumentBody(props: {
  document: IDocument;
  renderers: IRenderers;
  insert: (line: string) => void;
  trans: TranslationBundle;
}): JSX.Element {
  const { document, renderers, insert, trans } = props;
  const rank = (result: IResult): number => SEVERITY.indexOf(result.status ?? 'error');
  const results = [...document.results].sort((a, b) => rank(a) - rank(b));
  return (
    <article>
      <header>
        <h1>{document.title}</h1>
        <StatusBadge status={document.status} trans={trans} />
      </header>
      {document.summary ? <p className="tl-Document-summary">{document.summary}</p> : null}
      {results.map(result => (
        <Finding key={result.id} result={result} renderers={renderers} trans={trans} />
      ))}
      {document.views.map(view => (
        <ViewFigure key={view.name} view={view} renderers={renderers} />
      ))}
      {document.advice.length > 0 ? (
        <footer>
          <h2>{trans.__('What now')}</h2>
          {document.advice.map(line =>
            line.startsWith('%') ? (
              <button key={line} type="button" className="jp-mod-styled tl-Advice" onClick={() => insert(line)}>
                {line}
              </button>
            ) : (
              <p key={line}>{line}</p>
            )
          )}
        </footer>
      ) : null}
    </article>
  );
}

function Finding(props: { result: IResult; renderers: IRenderers; trans: TranslationBundle }): JSX.Element {
  const { result, renderers, trans } = props;
  return (
    <details className="tl-Finding">
      <summary>
        {result.status ? <StatusBadge status={result.status} trans={trans} /> : null}
        <span className="tl-Finding-title">{result.title}</span>
        <span className="tl-Finding-reason">{result.reason}</span>
      </summary>
      {result.views.map(view => (
        <ViewFigure key={view.name} view={view} renderers={renderers} />
      ))}
      {result.threshold ? (
        <p className="tl-Finding-source">{trans.__('Limit: %1', result.threshold.source)}</p>
      ) : null}
    </details>
  );
}
