import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { PagesModel } from '../pages';
import { useSignal } from './signal';
import { useTextScale } from './text-scale';
import { Trouble } from './trouble';

// Rows above and below what is seen, so that scrolling finds them drawn.
const BEYOND = 6;
const FIRST_HEIGHT = 480;
const FILTER_DELAY = 200;

/** Something to do with a row: a button at its right. */
export interface IRowAction {
  readonly label: string;
  readonly icon: string;
  run(): void;
}

/** What a list shows, and what its rows can do. */
export interface IVirtualListProps<T> {
  readonly model: PagesModel<T>;
  /** The list's name, for who cannot see it. */
  readonly label: string;
  readonly trans: TranslationBundle;
  /** The height of every row, in pixels at the default text size. */
  readonly rowHeight?: number;
  /** Example words for the filter; without them there is none. */
  readonly filter?: string;
  /** What stands where there is nothing at all. */
  readonly empty: React.ReactElement;
  row(item: T): React.ReactElement;
  open(item: T): void;
  actions?(item: T): readonly IRowAction[];
  /** Begin to drag a row. */
  drag?(item: T, event: React.PointerEvent): void;
  retry(): void;
}

/** A list of any length, of which only what is seen is drawn and fetched. Works by keyboard alone. */
export function VirtualList<T>(props: IVirtualListProps<T>): JSX.Element {
  const { model, trans, filter, empty, retry } = props;
  useSignal(model.changed);
  const trouble = model.error === null ? null : <Trouble error={model.error} trans={trans} onRetry={retry} />;
  if (!model.loaded) {
    return trouble ?? <p className="tl-Waiting">{trans.__('Reading …')}</p>;
  }
  if (model.total === 0 && model.matching === '') {
    return trouble ?? empty;
  }
  return (
    <div className="tl-Virtual-frame">
      {trouble}
      {filter === undefined ? null : <FilterBox model={model} example={filter} label={props.label} trans={trans} />}
      {model.total === 0 ? (
        <p className="tl-Waiting">{trans.__('Nothing has all of these words.')}</p>
      ) : (
        <Rows {...props} />
      )}
    </div>
  );
}

function FilterBox<T>(props: {
  model: PagesModel<T>;
  example: string;
  label: string;
  trans: TranslationBundle;
}): JSX.Element {
  const { model, example, label, trans } = props;
  const [text, setText] = React.useState(model.matching);
  React.useEffect(() => {
    const timer = setTimeout(() => void model.filter(text.trim()), FILTER_DELAY);
    return () => clearTimeout(timer);
  }, [model, text]);
  return (
    <input
      type="search"
      className="jp-mod-styled tl-Filter"
      placeholder={trans.__('Filter: %1', example)}
      aria-label={trans.__('Filter %1', label)}
      value={text}
      onChange={event => setText(event.target.value)}
    />
  );
}

function Rows<T>(props: IVirtualListProps<T>): JSX.Element {
  const { model, label } = props;
  const frame = React.useRef<HTMLDivElement>(null);
  const [scale, probe] = useTextScale();
  const rowHeight = Math.ceil((props.rowHeight ?? 44) * scale);
  const [top, setTop] = React.useState(0);
  const [height, setHeight] = React.useState(FIRST_HEIGHT);
  const [active, setActive] = React.useState(0);
  const current = Math.min(active, model.total - 1);
  const first = Math.max(0, Math.floor(top / rowHeight) - BEYOND);
  const last = Math.min(model.total - 1, Math.ceil((top + height) / rowHeight) + BEYOND);
  React.useEffect(() => void model.see(first, last), [model, first, last]);
  React.useLayoutEffect(() => {
    const node = frame.current;
    if (node === null) {
      return undefined;
    }
    const observer = new ResizeObserver(() => setHeight(node.clientHeight || FIRST_HEIGHT));
    observer.observe(node);
    return () => observer.disconnect();
  }, []);
  const move = (place: number): void => {
    const to = Math.max(0, Math.min(model.total - 1, place));
    const node = frame.current;
    setActive(to);
    if (node === null) {
      return;
    }
    if (to * rowHeight < node.scrollTop) {
      node.scrollTop = to * rowHeight;
    } else if ((to + 1) * rowHeight > node.scrollTop + node.clientHeight) {
      node.scrollTop = (to + 1) * rowHeight - node.clientHeight;
    }
    // Once it is drawn.
    requestAnimationFrame(() => node.querySelector<HTMLElement>(`[data-place="${to}"]`)?.focus());
  };
  const page = Math.max(1, Math.floor(height / rowHeight) - 1);
  const steps: Record<string, number> = {
    ArrowDown: current + 1,
    ArrowUp: current - 1,
    PageDown: current + page,
    PageUp: current - page,
    Home: 0,
    End: model.total - 1
  };
  const press = (event: React.KeyboardEvent): void => {
    const to = steps[event.key];
    if (to !== undefined) {
      event.preventDefault();
      move(to);
    }
  };
  // The active row is always drawn, so that the keyboard's place is never lost.
  const places = [...new Set([...range(first, last), current])].sort((a, b) => a - b);
  return (
    <div
      ref={frame}
      className="tl-Virtual"
      role="grid"
      aria-label={label}
      aria-rowcount={model.total}
      onScroll={event => setTop(event.currentTarget.scrollTop)}
      onKeyDown={press}
    >
      {probe}
      <div role="presentation" style={{ height: model.total * rowHeight, position: 'relative' }}>
        {places.map(place => (
          <Row
            key={place}
            {...props}
            place={place}
            rowHeight={rowHeight}
            active={place === current}
            activate={() => setActive(place)}
          />
        ))}
      </div>
    </div>
  );
}

function Row<T>(
  props: IVirtualListProps<T> & { place: number; rowHeight: number; active: boolean; activate: () => void }
): JSX.Element {
  const { model, place, rowHeight, active, activate, trans } = props;
  const item = model.at(place);
  const where: React.CSSProperties = { position: 'absolute', top: place * rowHeight, height: rowHeight, width: '100%' };
  const press = (event: React.KeyboardEvent<HTMLDivElement>): void => {
    const buttons = [...event.currentTarget.querySelectorAll<HTMLElement>('button')];
    const at = buttons.indexOf(document.activeElement as HTMLElement);
    if (event.key === 'ArrowRight' && at < buttons.length - 1) {
      event.preventDefault();
      buttons[at + 1]?.focus();
    } else if (event.key === 'ArrowLeft' && at >= 0) {
      event.preventDefault();
      (buttons[at - 1] ?? event.currentTarget).focus();
    } else if ((event.key === 'Enter' || event.key === ' ') && at < 0 && item !== undefined) {
      event.preventDefault();
      props.open(item);
    }
  };
  return (
    <div
      role="row"
      className="tl-Virtual-row"
      aria-rowindex={place + 1}
      data-place={place}
      tabIndex={active ? 0 : -1}
      style={where}
      onFocus={activate}
      onKeyDown={press}
    >
      {item === undefined ? (
        <div role="gridcell" className="tl-Virtual-cell tl-Waiting">
          {trans.__('Reading …')}
        </div>
      ) : (
        <>
          <div
            role="gridcell"
            className="tl-Virtual-cell"
            onClick={() => props.open(item)}
            onPointerDown={event => props.drag?.(item, event)}
          >
            {props.row(item)}
          </div>
          {props.actions ? (
            <div role="gridcell" className="tl-Virtual-actions">
              {props.actions(item).map(action => (
                <button
                  key={action.label}
                  type="button"
                  tabIndex={active ? 0 : -1}
                  title={action.label}
                  aria-label={action.label}
                  onClick={() => action.run()}
                >
                  <span aria-hidden="true">{action.icon}</span>
                </button>
              ))}
            </div>
          ) : null}
        </>
      )}
    </div>
  );
}

function range(first: number, last: number): number[] {
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, at) => first + at);
}
