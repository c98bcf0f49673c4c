import * as React from 'react';

import { cellText } from '../words';
import type { IPoint } from './curves';
import { isNumber, scaleOf } from './scale';
import { between, Label, Legend, legendHeight, LETTER, LyingAxis, Marker, Picture, WIDTH } from './strokes';

/** One number a row, such as a rate by group. */
export interface IStrip {
  readonly name: string;
  readonly points: readonly (IPoint | null)[];
}

const ROW = 18;

/** Numbers by row, lying, with their intervals: room for long names. Null where there is nothing to draw. */
export function RowsPicture(props: {
  title: string;
  names: readonly string[];
  strips: readonly IStrip[];
  bars?: boolean;
  levels?: readonly (readonly [string, number])[];
  leftOut?: number;
}): JSX.Element | null {
  const { title, names, strips, bars = false, levels = [], leftOut = 0 } = props;
  const values = strips.flatMap(strip => strip.points.flatMap(point => [point?.y, point?.low, point?.high])).filter(isNumber);
  if (values.length === 0) {
    return null;
  }
  const keys = strips.map(strip => strip.name);
  const top = legendHeight(keys) + (levels.length > 0 ? 14 : 0);
  const tall = ROW * strips.length + 6;
  const bottom = top + names.length * tall + 4;
  const left = Math.min(Math.max(0, ...names.map(name => name.length)) * LETTER + 14, 220);
  const across = scaleOf([...values, ...levels.map(([, value]) => value)], left, WIDTH - 14, bars);
  const zero = Math.min(Math.max(0, across.low), across.high);
  const alt = `${title}. ${keys.join(', ')}: ${cellText(Math.min(...values))} … ${cellText(Math.max(...values))}`;
  return (
    <Picture height={bottom + (leftOut > 0 ? 36 : 22)} alt={alt}>
      <Legend names={keys} />
      <LyingAxis scale={across} top={top} bottom={bottom} />
      {names.map((name, row) => (
        <g key={row}>
          <Label x={left - 8} y={top + row * tall + tall / 2 + 4} text={name} anchor="end" room={left - 10} />
          {strips.map((strip, hue) => {
            const point = strip.points[row] ?? null;
            const y = top + row * tall + 3 + hue * ROW + ROW / 2;
            return point?.y === null || point === null ? null : (
              <g key={hue}>
                {bars ? (
                  <rect
                    className="tl-Fill tl-mod-soft"
                    data-hue={hue}
                    x={Math.min(across(zero), across(point.y))}
                    y={y - 6}
                    width={Math.abs(across(point.y) - across(zero))}
                    height={12}
                  />
                ) : null}
                {point.low !== null && point.high !== null ? (
                  <line className="tl-Stroke" data-hue={hue} x1={across(point.low)} x2={across(point.high)} y1={y} y2={y} />
                ) : null}
                <Marker
                  x={across(point.y)}
                  y={y}
                  hue={hue}
                  title={`${name}, ${strip.name}: ${between(point.y, point.low, point.high)}`}
                />
              </g>
            );
          })}
        </g>
      ))}
      {levels
        .filter(([, value]) => value >= across.low && value <= across.high)
        .map(([name, value]) => (
          <React.Fragment key={name}>
            <line className="tl-Level" x1={across(value)} x2={across(value)} y1={top - 4} y2={bottom} />
            <Label
              x={across(value) + (across(value) > WIDTH / 2 ? -4 : 4)}
              y={top - 6}
              text={`${name} ${cellText(value)}`}
              anchor={across(value) > WIDTH / 2 ? 'end' : 'start'}
            />
          </React.Fragment>
        ))}
      {leftOut > 0 ? <Label x={left} y={bottom + 31} text={`+ ${leftOut} …`} quiet /> : null}
    </Picture>
  );
}
