import { readdirSync } from 'node:fs';
import { availableParallelism, setPriority } from 'node:os';

/** Nice value: a tenth of the serving thread's weight, when both want the core. */
const BEHIND = 10;

/**
 * Has the threads that V8 compiles and collects garbage on go after the thread that serves, in a process that has one core for all
 * of them.
 *
 * As equals they take the core for whole ticks of the scheduler, 4 ms at the usual 250 Hz, while requests wait: with 0.5 % of the time
 * theirs, that is the 99th percentile. Where there are more cores they have others to be on.
 *
 * @returns how many were told; 0 where there is nothing to gain, or the system cannot be told
 */
export function keepHelpersBehind(cores = availableParallelism()): number {
  if (process.platform !== 'linux' || cores > 1) return 0;
  let told = 0;
  for (const id of readdirSync('/proc/self/task').map(Number)) {
    if (id === process.pid) continue;
    try {
      setPriority(id, BEHIND); // of one thread: Linux takes its id for that of a process
      told++;
    } catch {
      // It has ended, or this container forbids it: all is as it was.
    }
  }
  return told;
}
