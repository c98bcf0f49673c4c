import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { defaultText } from '../fields';
import type { IField } from '../fields';

const PAUSE_MS = 150;

/** One field with its name, its control, what it means, and what the server said of it. */
export function Field(props: {
  field: IField;
  /** Unique on the page; the control's ids begin with it. */
  id: string;
  value: string | undefined;
  said: string | null;
  trans: TranslationBundle;
  onChange: (text: string) => void;
  /** What could stand there, for what is typed. */
  suggest: (text: string) => Promise<readonly string[]>;
}): JSX.Element {
  const { field, id, value, said, trans, onChange, suggest } = props;
  const { parameter } = field;
  const help = `${id}-help`;
  const shared = {
    id,
    'aria-describedby': help,
    'aria-invalid': said !== null,
    'aria-required': field.required
  };
  const text = value ?? defaultText(parameter);
  return (
    <div className="tl-Field" data-kind={field.kind}>
      <label htmlFor={id}>
        {field.name.replace(/_/g, ' ')}
        {field.required ? <span className="tl-Field-required"> {trans.__('required')}</span> : null}
        {parameter.unit ? <span className="tl-View-unit"> {parameter.unit}</span> : null}
      </label>
      <Control field={field} text={text} shared={shared} trans={trans} onChange={onChange} suggest={suggest} />
      <p id={help} className="tl-Field-help">
        {said === null ? null : (
          <strong className="tl-Field-said" role="alert">
            {said}{' '}
          </strong>
        )}
        {parameter.description}
        {field.kind === 'list' ? ` ${trans.__('One a line.')}` : null}
        {field.kind === 'pairs' ? ` ${trans.__('One a line, as name=value.')}` : null}
      </p>
    </div>
  );
}

function Control(props: {
  field: IField;
  text: string;
  shared: React.AriaAttributes & { id: string };
  trans: TranslationBundle;
  onChange: (text: string) => void;
  suggest: (text: string) => Promise<readonly string[]>;
}): JSX.Element {
  const { field, text, shared, trans, onChange, suggest } = props;
  const { parameter } = field;
  if (field.kind === 'boolean') {
    return (
      <input
        {...shared}
        type="checkbox"
        checked={text === 'true'}
        onChange={event => onChange(String(event.target.checked))}
      />
    );
  }
  if (field.kind === 'choice') {
    return (
      <select {...shared} className="jp-mod-styled" value={text} onChange={event => onChange(event.target.value)}>
        {defaultText(parameter) === '' ? <option value="">{trans.__('not given')}</option> : null}
        {(parameter.enum ?? []).map(choice => (
          <option key={String(choice)} value={String(choice)}>
            {String(choice)}
          </option>
        ))}
      </select>
    );
  }
  if (field.kind === 'list' || field.kind === 'pairs') {
    return (
      <textarea
        {...shared}
        className="jp-mod-styled"
        rows={Math.min(6, Math.max(2, text.split('\n').length))}
        value={text}
        spellCheck={false}
        onChange={event => onChange(event.target.value)}
      />
    );
  }
  if (field.kind === 'text') {
    return <Suggested text={text} shared={shared} onChange={onChange} suggest={suggest} />;
  }
  const bounds =
    parameter.minimum !== undefined || parameter.maximum !== undefined
      ? trans.__('%1 to %2', parameter.minimum ?? '…', parameter.maximum ?? '…')
      : '';
  return (
    <input
      {...shared}
      type="text"
      className="jp-mod-styled"
      inputMode="decimal"
      placeholder={bounds}
      value={text}
      spellCheck={false}
      autoComplete="off"
      onChange={event => onChange(event.target.value)}
    />
  );
}

/** A line of text, with what could stand there as the Tab key would give it in a notebook. */
function Suggested(props: {
  text: string;
  shared: React.AriaAttributes & { id: string };
  onChange: (text: string) => void;
  suggest: (text: string) => Promise<readonly string[]>;
}): JSX.Element {
  const { text, shared, onChange, suggest } = props;
  const [offered, setOffered] = React.useState<readonly string[]>([]);
  const [active, setActive] = React.useState(false);
  const asked = React.useRef(suggest);
  asked.current = suggest;
  React.useEffect(() => {
    if (!active) {
      return undefined;
    }
    let stale = false;
    const timer = setTimeout(() => {
      asked.current(text).then(
        found => (stale ? undefined : setOffered(found)),
        () => undefined // Without suggestions one can type as well.
      );
    }, PAUSE_MS);
    return () => {
      stale = true;
      clearTimeout(timer);
    };
  }, [active, text]);
  const list = `${shared.id}-offered`;
  return (
    <>
      <input
        {...shared}
        type="text"
        className="jp-mod-styled"
        list={list}
        value={text}
        spellCheck={false}
        autoComplete="off"
        onFocus={() => setActive(true)}
        onBlur={() => setActive(false)}
        onChange={event => onChange(event.target.value)}
      />
      <datalist id={list}>
        {offered.map(one => (
          <option key={one} value={one} />
        ))}
      </datalist>
    </>
  );
}
