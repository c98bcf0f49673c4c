import type { IJob } from '../api';
import type { JobStore } from '../jobs';
import { LiveWidget } from './live';
import { watchWhileSeen } from './watch';

// For what changes elsewhere, such as in a terminal; the server's jobs are followed at once.
const SECONDS = 30;

/** A widget that reads anew after every job that may have changed something, as long as somebody sees it. */
export abstract class FollowedWidget extends LiveWidget {
  /**
   * @param name - Names the poll in messages.
   * @param seconds - How long to wait between two requests.
   */
  constructor(
    name: string,
    private readonly followed: JobStore,
    seconds = SECONDS
  ) {
    super(name, seconds);
    followed.finished.connect(this.follow, this);
    watchWhileSeen(this, followed);
  }

  override dispose(): void {
    this.followed.finished.disconnect(this.follow, this);
    super.dispose();
  }

  private follow(_store: JobStore, job: IJob): void {
    if (!job.read_only) {
      this.soon();
    }
  }
}
