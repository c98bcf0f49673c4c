import { DisposableDelegate } from '@lumino/disposable';
import type { IDisposable } from '@lumino/disposable';
import { MessageLoop } from '@lumino/messaging';
import type { Widget } from '@lumino/widgets';

import type { JobStore } from '../jobs';

/**
 * Hear of every job while `widget` can be seen; what comes back lets go of it.
 *
 * A browser tab in the background hangs up too: a browser opens but six connections to a server, over all its tabs.
 */
export function watchWhileSeen(widget: Widget, jobs: JobStore): IDisposable {
  let watch: IDisposable | null = null;
  const settle = (): void => {
    const seen = !widget.isDisposed && widget.isVisible && !document.hidden;
    if (seen) {
      watch ??= jobs.watch();
    } else {
      watch?.dispose();
      watch = null;
    }
  };
  const hook = (): boolean => {
    // The widget knows whether it is seen only after it has handled the message.
    queueMicrotask(settle);
    return true;
  };
  MessageLoop.installMessageHook(widget, hook);
  document.addEventListener('visibilitychange', settle);
  const held = new DisposableDelegate(() => {
    MessageLoop.removeMessageHook(widget, hook);
    document.removeEventListener('visibilitychange', settle);
    watch?.dispose();
    watch = null;
  });
  widget.disposed.connect(() => held.dispose());
  settle();
  return held;
}
