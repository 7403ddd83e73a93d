import type { Log } from './core.js';

/** Clients may cause lines of `info` as often as they like: more than these a second are only counted. */
const mostASecond = 20;

/**
 * Writes lines, at most so many in a window of time, and then how many others there were: whoever causes lines must not be able to
 * keep the process busy with them.
 *
 * @param windowMs milliseconds, from the first line on
 */
export function bounded(write: (line: string) => void, most: number, windowMs: number): (line: string) => void {
  let written = 0;
  let more = 0;
  let window: NodeJS.Timeout | null = null;
  const close = (): void => {
    window = null;
    if (more > 0) write(`${more} more like these in ${windowMs / 1000} s`);
    written = more = 0;
  };
  return (line) => {
    if (window === null) window = setTimeout(close, windowMs).unref();
    if (written >= most) {
      more++;
      return;
    }
    written++;
    write(line);
  };
}

/** The log of a server that was given none: standard error. Errors are the application's and are written one and all. */
export function consoleLog(): Log {
  const write = (line: string): void => console.error(`halfopen: ${line}`);
  return {
    info: bounded(write, mostASecond, 1000),
    error: (message, error) => console.error(`halfopen: ${message}`, ...(error === undefined ? [] : [error])),
  };
}
