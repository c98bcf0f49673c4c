import { ReactWidget } from '@jupyterlab/ui-components';
import type { Message } from '@lumino/messaging';
import { Poll } from '@lumino/polling';

const MOST_SECONDS = 300;

/** A widget that asks the server again every so often, but only while somebody can see it. */
export abstract class LiveWidget extends ReactWidget {
  /**
   * @param name - Names the poll in messages.
   * @param seconds - How long to wait between two requests.
   */
  constructor(name: string, seconds: number) {
    super();
    this.addClass('tl-Section');
    this._poll = new Poll({
      name,
      auto: false,
      factory: () => this.refresh(),
      frequency: { interval: seconds * 1000, backoff: true, max: MOST_SECONDS * 1000 },
      standby: () => (this.isVisible ? 'when-hidden' : true)
    });
  }

  /** Read anew and show it; rejects after an error was shown, so that the poll waits longer. */
  abstract refresh(): Promise<void>;

  /** Read anew now, if somebody is looking. */
  soon(): void {
    if (this.isVisible) {
      void this._poll.refresh();
    }
  }

  override dispose(): void {
    this._poll.dispose();
    super.dispose();
  }

  protected override onAfterShow(message: Message): void {
    super.onAfterShow(message);
    if (!this._started) {
      this._started = true;
      void this._poll.start();
    }
    void this._poll.refresh();
  }

  private _poll: Poll;
  private _started = false;
}
