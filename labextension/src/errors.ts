import { ApiError } from './api';

/** What went wrong, as it was said. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** What to do about it, where that was said as well. */
export function hintOf(error: unknown): string | null {
  return error instanceof ApiError ? error.hint : null;
}
