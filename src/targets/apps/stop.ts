import { fstatSync, statSync } from 'node:fs';
import { devNull } from 'node:os';

/** Ends this process on SIGTERM, and when the one that started it is gone: standard input is a pipe from there. */
export function stopWithParent(close: () => Promise<unknown>): void {
  let stopping = false;
  const stop = (): void => {
    if (stopping) return;
    stopping = true;
    void close().finally(() => process.exit(0));
    setTimeout(() => process.exit(0), 1000).unref();
  };
  process.on('SIGTERM', stop);
  // Some profilers give their child /dev/null: there nobody can go away.
  if (fstatSync(0).rdev === statSync(devNull).rdev) return;
  process.stdin.on('end', stop);
  process.stdin.on('error', stop);
  process.stdin.resume();
}
