import * as React from 'react';

import type { View } from '../generated';
import type { IRenderer } from '../tokens';
import { RowsPicture } from './bars';
import { isNumber } from './scale';
import { between } from './strokes';

/** One number, large, with its interval in words and as a picture. */
export const scalarRenderer: IRenderer = {
  id: 'scalar',
  render(view: View): React.ReactElement {
    const row = view.rows[0] ?? [];
    const at = (name: string): unknown => row[view.columns.indexOf(name)];
    const name = view.columns[0] ?? 'value';
    const [value, low, high] = [row[0], at(`${name}_lo`), at(`${name}_hi`)];
    if (!isNumber(value)) {
      return <p className="tl-Scalar">–</p>;
    }
    const bounded = isNumber(low) && isNumber(high);
    const point = { x: name, y: value, low: bounded ? low : null, high: bounded ? high : null };
    return (
      <>
        <p className="tl-Scalar">
          {between(value, low, high)}
          {view.units[name] ? <span className="tl-View-unit"> {view.units[name]}</span> : null}
        </p>
        {bounded ? (
          <RowsPicture title={view.title ?? view.name} names={['']} strips={[{ name, points: [point] }]} />
        ) : null}
      </>
    );
  }
};
