import * as React from 'react';

import { cellText } from '../words';
import { isNumber, ticksOf } from './scale';
import type { IScale } from './scale';

export const WIDTH = 560;
/** The width of a letter at the pictures' text size, measured generously. */
export const LETTER = 6.6;
/** As many hues as there are, each with a shape of its own, so that the colour is not needed to tell them apart. */
export const HUES = 6;

/** A picture with the words that replace it for who cannot see it. */
export function Picture(props: { height: number; alt: string; children: React.ReactNode }): JSX.Element {
  return (
    <svg className="tl-Picture" viewBox={`0 0 ${WIDTH} ${Math.ceil(props.height)}`} role="img" aria-label={props.alt}>
      <title>{props.alt}</title>
      {props.children}
    </svg>
  );
}

/** A line of text, cut to the room that it has; the whole of it shows on hover. */
export function Label(props: {
  x: number;
  y: number;
  text: string;
  anchor?: 'start' | 'middle' | 'end';
  room?: number;
  quiet?: boolean;
}): JSX.Element {
  const { x, y, text, anchor = 'start', room = WIDTH, quiet = false } = props;
  const most = Math.max(2, Math.floor(room / LETTER));
  const cut = text.length > most ? `${text.slice(0, most - 1)}…` : text;
  return (
    <text x={x} y={y} textAnchor={anchor} className={quiet ? 'tl-mod-quiet' : undefined}>
      {cut === text ? null : <title>{text}</title>}
      {cut}
    </text>
  );
}

const SHAPES = [
  null,
  '-4,-4 4,-4 4,4 -4,4',
  '0,-5 5,4 -5,4',
  '0,-5.5 5.5,0 0,5.5 -5.5,0',
  '0,5 5,-4 -5,-4',
  '-5,-2 -2,-5 5,2 2,5'
];

/** A point in the shape and colour of its hue; `title` shows on hover. */
export function Marker(props: { x: number; y: number; hue: number; title?: string }): JSX.Element {
  const { x, y, hue, title } = props;
  const shape = SHAPES[hue % HUES];
  const hover = title === undefined ? null : <title>{title}</title>;
  return shape ? (
    <polygon points={shape} transform={`translate(${x} ${y})`} className="tl-Fill" data-hue={hue % HUES}>
      {hover}
    </polygon>
  ) : (
    <circle cx={x} cy={y} r={4.2} className="tl-Fill" data-hue={hue % HUES}>
      {hover}
    </circle>
  );
}

/** The names of the hues; nothing where there is one only. Below it is `legendHeight`. */
export function Legend(props: { names: readonly string[] }): JSX.Element {
  return (
    <g>
      {placed(props.names).map(({ name, x, y }, hue) => (
        <React.Fragment key={hue}>
          <Marker x={x + 6} y={y - 4} hue={hue} />
          <Label x={x + 16} y={y} text={name} room={28 * LETTER} />
        </React.Fragment>
      ))}
    </g>
  );
}

export function legendHeight(names: readonly string[]): number {
  const last = placed(names).at(-1);
  return last === undefined ? 8 : last.y + 12;
}

function placed(names: readonly string[]): readonly { name: string; x: number; y: number }[] {
  let [x, y] = [8, 14];
  return names.length < 2
    ? []
    : names.map(name => {
        const width = Math.min(name.length, 28) * LETTER + 34;
        if (x + width > WIDTH && x > 8) {
          [x, y] = [8, y + 18];
        }
        const place = { name, x, y };
        x += width;
        return place;
      });
}

/** Lines across with their numbers at the left. */
export function UprightAxis(props: { scale: IScale; left: number; right: number }): JSX.Element {
  const { scale, left, right } = props;
  return (
    <g>
      {ticksOf(scale).map(tick => (
        <React.Fragment key={tick}>
          <line className="tl-Grid" x1={left} x2={right} y1={scale(tick)} y2={scale(tick)} />
          <Label x={left - 6} y={scale(tick) + 4} text={String(tick)} anchor="end" quiet />
        </React.Fragment>
      ))}
    </g>
  );
}

/** Lines up with their numbers below, and the axis' name. */
export function LyingAxis(props: { scale: IScale; top: number; bottom: number; name?: string }): JSX.Element {
  const { scale, top, bottom, name } = props;
  return (
    <g>
      {ticksOf(scale).map(tick => (
        <React.Fragment key={tick}>
          <line className="tl-Grid" x1={scale(tick)} x2={scale(tick)} y1={top} y2={bottom} />
          <Label x={scale(tick)} y={bottom + 15} text={String(tick)} anchor="middle" quiet />
        </React.Fragment>
      ))}
      {name ? <Label x={WIDTH / 2} y={bottom + 31} text={name} anchor="middle" quiet /> : null}
    </g>
  );
}

/** Names below their places, as many as have room. */
export function NamesAxis(props: { names: readonly string[]; places: readonly number[]; bottom: number }): JSX.Element {
  const { names, places, bottom } = props;
  const room = names.length > 1 ? Math.abs((places.at(-1) ?? 0) - (places[0] ?? 0)) / (names.length - 1) : 200;
  const widest = Math.min(Math.max(0, ...names.map(name => name.length)), 12) * LETTER + 8;
  const step = Math.max(1, Math.ceil(widest / Math.max(room, 1)));
  return (
    <g>
      {names.map((name, at) => {
        const x = places[at] ?? 0;
        const beyond = x + (Math.min(name.length, 12) * LETTER) / 2 > WIDTH - 2;
        return at % step === 0 ? (
          <Label
            key={at}
            x={beyond ? WIDTH - 2 : x}
            y={bottom + 15}
            text={name}
            anchor={beyond ? 'end' : 'middle'}
            room={Math.max(room * step - 4, 24)}
            quiet
          />
        ) : null;
      })}
    </g>
  );
}

/** The room that an upright axis' numbers take. */
export function axisWidth(scale: IScale): number {
  return Math.max(46, Math.max(...ticksOf(scale).map(tick => String(tick).length)) * LETTER + 12);
}

/** A number with its interval, in words. */
export function between(value: number, low: unknown, high: unknown): string {
  return isNumber(low) && isNumber(high)
    ? `${cellText(value)} (${cellText(low)} to ${cellText(high)})`
    : cellText(value);
}
