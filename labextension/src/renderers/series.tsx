import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { ISeriesView, View } from '../generated';
import type { IRenderer } from '../tokens';
import { cellText } from '../words';
import { RowsPicture } from './bars';
import type { IStrip } from './bars';
import { curvesOf, readableTimes } from './curves';
import type { ICurve, IPoint } from './curves';
import { WithNumbers } from './numbers';
import { isNumber, scaleOf } from './scale';
import type { IScale } from './scale';
import { axisWidth, between, Label, Legend, legendHeight, LyingAxis, Marker, NamesAxis, Picture, UprightAxis, WIDTH } from './strokes';

const MOST_CURVES = 6;
const MOST_BARS = 24;
// Bars of several curves over one name stand side by side, so that none hides another.
const ASIDE = 7;

/** Curves with bands, points with bars, or lying bars. */
export const seriesRenderer = (trans: TranslationBundle): IRenderer => ({
  id: 'series',
  render(view: View): React.ReactElement {
    if (view.kind !== 'series') {
      return <></>;
    }
    const picture = view.mark === 'bar' ? <Bars view={view} /> : <Curves view={view} />;
    return <WithNumbers view={view} trans={trans}>{picture}</WithNumbers>;
  }
});

function levelsOf(view: ISeriesView): readonly (readonly [string, number])[] {
  return Object.entries(view.reference).filter((level): level is [string, number] => isNumber(level[1]));
}

function Curves(props: { view: ISeriesView }): JSX.Element | null {
  const { view } = props;
  const every = curvesOf(view);
  const curves = every.slice(0, MOST_CURVES);
  const points = curves.flatMap(curve => curve.points);
  const heights = points.flatMap(point => [point.y, point.low, point.high]).filter(isNumber);
  if (heights.length === 0) {
    return null;
  }
  const levels = levelsOf(view);
  const top = legendHeight(curves.map(curve => curve.name));
  const bottom = top + 220;
  const up = scaleOf([...heights, ...levels.map(([, value]) => value)], bottom, top + 6);
  const [left, right] = [axisWidth(up), WIDTH - 10];
  const across = acrossOf(points, left, right);
  const alt = `${view.title ?? view.name}. ${curves.map(curve => curve.name).join(', ')}, ${view.x}: ${cellText(
    Math.min(...heights)
  )} … ${cellText(Math.max(...heights))}`;
  return (
    <Picture height={bottom + 38} alt={alt}>
      <Legend names={curves.map(curve => curve.name)} />
      <UprightAxis scale={up} left={left} right={right} />
      {across.scale ? (
        <LyingAxis scale={across.scale} top={top + 6} bottom={bottom} name={view.x} />
      ) : (
        <>
          <NamesAxis
            names={readableTimes(across.names)}
            places={across.names.map(name => across.place(name))}
            bottom={bottom}
          />
          <Label x={WIDTH / 2} y={bottom + 31} text={view.x} anchor="middle" quiet />
        </>
      )}
      {curves.map((curve, hue) => {
        const aside = across.scale || view.mark !== 'point' ? 0 : (hue - (curves.length - 1) / 2) * ASIDE;
        const place = (point: IPoint): number => across.place(point.x) + aside;
        return view.mark === 'point' ? (
          <Cloud key={hue} curve={curve} hue={hue} place={place} up={up} />
        ) : (
          <Line key={hue} curve={curve} hue={hue} place={place} up={up} />
        );
      })}
      {levels
        .filter(([, value]) => value >= up.low && value <= up.high)
        .map(([name, value], row) => (
          <React.Fragment key={name}>
            <line className="tl-Level" x1={left} x2={right} y1={up(value)} y2={up(value)} />
            <Label
              x={right - 2}
              y={up(value) + (row % 2 && up(value) + 14 < bottom ? 12 : -4)}
              text={`${name} ${cellText(value)}`}
              anchor="end"
            />
          </React.Fragment>
        ))}
    </Picture>
  );
}

interface IAcross {
  readonly scale: IScale | null;
  readonly names: readonly string[];
  place(x: number | string): number;
}

function acrossOf(points: readonly IPoint[], left: number, right: number): IAcross {
  const xs = points.map(point => point.x);
  if (xs.every(isNumber)) {
    const scale = scaleOf(xs as number[], left, right);
    return { scale, names: [], place: x => scale(Number(x)) };
  }
  const names = [...new Set(xs.map(String))];
  const step = (right - left - 28) / Math.max(names.length - 1, 1);
  const at = new Map(names.map((name, number) => [name, left + 14 + step * number]));
  return { scale: null, names, place: x => at.get(String(x)) ?? left };
}

interface IDrawn {
  readonly curve: ICurve;
  readonly hue: number;
  readonly up: IScale;
  place(point: IPoint): number;
}

function Line({ curve, hue, place, up }: IDrawn): JSX.Element {
  // A gap in the numbers is a gap in the line: joining across it would claim what nobody measured.
  const runs: IPoint[][] = [[]];
  for (const point of curve.points) {
    if (point.y === null) {
      runs.push([]);
    } else {
      runs.at(-1)?.push(point);
    }
  }
  return (
    <>
      {runs
        .filter(run => run.length > 0)
        .map((run, at) => {
          const bounded = run.filter(point => point.low !== null);
          const there = bounded.map(point => `${place(point)},${up(point.high ?? 0)}`);
          const back = [...bounded].reverse().map(point => `${place(point)},${up(point.low ?? 0)}`);
          return (
            <g key={at}>
              {bounded.length > 1 ? (
                <polygon className="tl-Band" data-hue={hue} points={[...there, ...back].join(' ')} />
              ) : null}
              <polyline
                className="tl-Stroke"
                data-hue={hue}
                points={run.map(point => `${place(point)},${up(point.y ?? 0)}`).join(' ')}
              />
              {run.length <= 24
                ? run.map((point, number) => (
                    <Marker
                      key={number}
                      x={place(point)}
                      y={up(point.y ?? 0)}
                      hue={hue}
                      title={said(point, curve.name)}
                    />
                  ))
                : null}
            </g>
          );
        })}
    </>
  );
}

function Cloud({ curve, hue, place, up }: IDrawn): JSX.Element {
  return (
    <>
      {curve.points.map((point, at) =>
        point.y === null ? null : (
          <g key={at}>
            {point.low !== null && point.high !== null ? (
              <line
                className="tl-Stroke"
                data-hue={hue}
                x1={place(point)}
                x2={place(point)}
                y1={up(point.low)}
                y2={up(point.high)}
              />
            ) : null}
            <Marker x={place(point)} y={up(point.y)} hue={hue} title={said(point, curve.name)} />
          </g>
        )
      )}
    </>
  );
}

function said(point: IPoint, name: string): string {
  return `${cellText(point.x)}, ${name}: ${between(point.y ?? 0, point.low, point.high)}`;
}

function Bars(props: { view: ISeriesView }): JSX.Element | null {
  const { view } = props;
  const curves = curvesOf(view);
  const names = [...new Set(curves.flatMap(curve => curve.points.map(point => String(point.x))))];
  const shown = names.slice(0, MOST_BARS);
  const strips: IStrip[] = curves.slice(0, MOST_CURVES).map(curve => {
    const byName = new Map(curve.points.map(point => [String(point.x), point]));
    return { name: curve.name, points: shown.map(name => byName.get(name) ?? null) };
  });
  return (
    <RowsPicture
      title={view.title ?? view.name}
      names={shown}
      strips={strips}
      bars
      levels={levelsOf(view)}
      leftOut={names.length - shown.length}
    />
  );
}
