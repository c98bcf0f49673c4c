import * as React from 'react';

/** JupyterLab's own size of text, in pixels: the sizes in code are for it. */
const DEFAULT = 13;
const PROBE: React.CSSProperties = {
  fontSize: 'var(--jp-ui-font-size1)',
  height: '1em',
  pointerEvents: 'none',
  position: 'absolute',
  visibility: 'hidden',
  width: '1em'
};

/** How much larger the text is than by default, and what measures it: to be drawn where the text is. */
export function useTextScale(): readonly [number, React.ReactElement] {
  const probe = React.useRef<HTMLSpanElement>(null);
  const [scale, setScale] = React.useState(1);
  React.useLayoutEffect(() => {
    const node = probe.current;
    if (node === null) {
      return undefined;
    }
    // A settings change resizes the probe and nothing else tells of it.
    const observer = new ResizeObserver(() => setScale(node.offsetWidth / DEFAULT || 1));
    observer.observe(node);
    return () => observer.disconnect();
  }, []);
  return [scale, <span key="probe" ref={probe} aria-hidden="true" style={PROBE} />];
}
