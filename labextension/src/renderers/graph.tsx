import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { IGraphView, View } from '../generated';
import type { IRenderer } from '../tokens';
import { layersOf } from './layers';
import type { IEdge } from './layers';
import { WithNumbers } from './numbers';
import { Label, LETTER, Picture, WIDTH } from './strokes';

const MOST_NODES = 60;
const BOX = 26;
const GAP = 14;
const INDENT = 28;
const PAD = 8;

/** A directed graph: a row for each node, further right by its layer, with arrows down to what follows. */
export const graphRenderer = (trans: TranslationBundle): IRenderer => ({
  id: 'graph',
  render(view: View): React.ReactElement {
    return view.kind === 'graph' ? (
      <WithNumbers view={view} trans={trans}>
        <Ladder view={view} />
      </WithNumbers>
    ) : (
      <></>
    );
  }
});

interface IBox {
  readonly x: number;
  readonly y: number;
  readonly width: number;
}

function Ladder(props: { view: IGraphView }): JSX.Element | null {
  const { view } = props;
  const edges: IEdge[] = view.rows.map(row => ({
    source: String(row[0]),
    target: String(row[1]),
    words: row[2] === null || row[2] === undefined ? '' : String(row[2])
  }));
  const nodes = [...new Set([...Object.keys(view.nodes), ...edges.flatMap(edge => [edge.source, edge.target])])];
  if (nodes.length === 0 || nodes.length > MOST_NODES) {
    return null;
  }
  const layer = layersOf(nodes, edges);
  const at = (node: string): number => layer.get(node) ?? 0;
  // Sorting is stable: nodes of one layer keep their order.
  const ordered = [...nodes].sort((a, b) => at(a) - at(b));
  const name = (node: string): string => view.nodes[node] || node;
  const widest = Math.min(260, Math.max(60, ...nodes.map(node => name(node).length * 1.1 * LETTER + 14)));
  const deepest = Math.max(1, ...nodes.map(at));
  const indent = Math.max(6, Math.min(INDENT, (WIDTH - 2 * PAD - widest - 90) / deepest));
  const boxes = new Map<string, IBox>(
    ordered.map((node, row) => [
      node,
      {
        x: PAD + at(node) * indent,
        y: PAD + row * (BOX + GAP),
        width: Math.min(260, Math.max(60, name(node).length * 1.1 * LETTER + 14))
      }
    ])
  );
  const height = ordered.length * (BOX + GAP) - GAP + 2 * PAD;
  const alt = `${view.title ?? view.name}. ${edges.map(edge => `${name(edge.source)} → ${name(edge.target)}`).join(', ')}`;
  return (
    <Picture height={height} alt={alt.slice(0, 400)}>
      {edges.map((edge, number) => (
        <Arrow key={number} edge={edge} boxes={boxes} number={number} name={name} />
      ))}
      {ordered.map(node => {
        const box = boxes.get(node) ?? { x: 0, y: 0, width: 0 };
        const words = [...new Set(edges.filter(edge => edge.target === node).map(edge => edge.words))].filter(Boolean);
        return (
          <g key={node}>
            <rect className="tl-Node" x={box.x} y={box.y} width={box.width} height={BOX} rx={4} />
            <Label x={box.x + 7} y={box.y + 17} text={name(node)} room={box.width - 8} />
            {words.length > 0 ? (
              <Label
                x={box.x + box.width + 8}
                y={box.y + 17}
                text={words.join(', ')}
                room={WIDTH - box.x - box.width - 8}
                quiet
              />
            ) : null}
          </g>
        );
      })}
    </Picture>
  );
}

function Arrow(props: {
  edge: IEdge;
  boxes: ReadonlyMap<string, IBox>;
  number: number;
  name: (node: string) => string;
}): JSX.Element | null {
  const { edge, boxes, number, name } = props;
  const [from, to] = [boxes.get(edge.source), boxes.get(edge.target)];
  if (from === undefined || to === undefined || from === to) {
    return null;
  }
  const down = from.x + 8 + (number % 3) * 5;
  const middle = to.y + BOX / 2;
  const below = to.y > from.y;
  const right = Math.max(from.x + from.width, to.x + to.width) + 30;
  const path = below
    ? to.x - down >= 8
      ? `M${down} ${from.y + BOX} V${middle} H${to.x - 6}`
      : `M${down} ${from.y + BOX} V${to.y - 6}`
    : `M${from.x + from.width} ${from.y + BOX / 2} C${right} ${from.y + BOX / 2} ${right} ${middle} ${to.x + to.width + 6} ${middle}`;
  const head = below
    ? to.x - down >= 8
      ? `${to.x},${middle} ${to.x - 7},${middle - 4} ${to.x - 7},${middle + 4}`
      : `${down},${to.y} ${down - 4},${to.y - 7} ${down + 4},${to.y - 7}`
    : `${to.x + to.width},${middle} ${to.x + to.width + 7},${middle - 4} ${to.x + to.width + 7},${middle + 4}`;
  return (
    <g>
      <path className="tl-Edge" d={path}>
        <title>{`${name(edge.source)} → ${name(edge.target)}${edge.words ? `: ${edge.words}` : ''}`}</title>
      </path>
      <polygon className="tl-Head" points={head} />
    </g>
  );
}
