import type { IJob } from '../api';
import type { JobStore } from '../jobs';
import { LiveWidget } from './live';
import { watchWhileSeen } from './watch';

// For what changes elsewhere, such as in a terminal; the server's jobs are followed at once.
const SECONDS = 30;

/** A section that reads anew after jobs that concern it, whoever started them, as long as somebody sees it. */
export abstract class FollowedWidget extends LiveWidget {
  /**
   * @param name - Names the poll in messages.
   * @param concerns - Whether a job that is over may have changed what is shown. What the section itself reads must
   *   not concern it, or it would read for ever.
   */
  constructor(
    name: string,
    private readonly followed: JobStore,
    private readonly concerns: (job: IJob) => boolean
  ) {
    super(name, SECONDS);
    followed.finished.connect(this.follow, this);
    watchWhileSeen(this, followed);
  }

  override dispose(): void {
    this.followed.finished.disconnect(this.follow, this);
    super.dispose();
  }

  private follow(_store: JobStore, job: IJob): void {
    if (this.concerns(job)) {
      this.soon();
    }
  }
}
