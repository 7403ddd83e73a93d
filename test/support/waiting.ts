/** Waits in tests: each has a deadline and says what it waited for. */
import { setTimeout as sleep } from 'node:timers/promises';

/** Generous: deadlines end a test that hangs, they measure nothing. */
export const DEADLINE_MS = 8000;

/** `promise`, or an error that names `label` after `deadlineMs`. */
export async function within<T>(promise: PromiseLike<T>, label: string, deadlineMs = DEADLINE_MS): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`waited ${deadlineMs} ms in vain for ${label}`)), deadlineMs);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Looks again and again until `condition` holds. */
export async function eventually(condition: () => boolean, label: string, deadlineMs = DEADLINE_MS): Promise<void> {
  const end = performance.now() + deadlineMs;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`waited ${deadlineMs} ms in vain for ${label}`);
    await sleep(2);
  }
}

/** Time for something that must not happen, to happen. */
export function aWhile(ms = 120): Promise<void> {
  return sleep(ms);
}

/** A promise that is settled from outside. */
export class Deferred<T = void> {
  resolve!: (value: T) => void;
  reject!: (error: unknown) => void;
  readonly promise = new Promise<T>((resolve, reject) => {
    this.resolve = resolve;
    this.reject = reject;
  });
}
