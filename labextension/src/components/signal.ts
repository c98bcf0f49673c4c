import type { ISignal } from '@lumino/signaling';
import * as React from 'react';

/** Draw a component again whenever `signal` is emitted. */
export function useSignal(signal: ISignal<unknown, unknown>): void {
  const [, draw] = React.useReducer((count: number) => count + 1, 0);
  React.useEffect(() => {
    const slot = (): void => draw();
    signal.connect(slot);
    return () => void signal.disconnect(slot);
  }, [signal]);
}
