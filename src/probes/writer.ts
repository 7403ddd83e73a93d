import { openSync, writeSync } from 'node:fs';
import type { InputEnd } from './event.js';

/** Bytes that wait at most before they are written, and for how long. */
const flushAtBytes = 32 * 1024;
const flushAfterMs = 20;
const totalEveryMs = 100;

/**
 * The application's side of a probe. Events are timed when they happen and written in batches, so that telling costs
 * the target little: one append to a file every 20 ms.
 */
export interface Probe {
  /** Nanoseconds, CLOCK_MONOTONIC. */
  now(): number;
  ready(port: number): void;
  request(tag: string): void;
  /** One line for this pull: for applications that are asked rarely. */
  pull(tag: string, pulls: number): void;
  /** Only counted; the total of all bodies is told every 100 ms under the tag `*`. */
  countPull(): void;
  gone(tag: string, reason: string): void;
  closed(tag: string): void;
  end(tag: string): void;
  input(tag: string, state: InputEnd, bytes: number): void;
}

const nothing = (): void => {};
const monotonic = (): number => Number(process.hrtime.bigint());

const silent: Probe = {
  now: monotonic,
  ready: nothing,
  request: nothing,
  pull: nothing,
  countPull: nothing,
  gone: nothing,
  closed: nothing,
  end: nothing,
  input: nothing,
};

/**
 * A probe that appends to `path`; without a path, one that says nothing.
 *
 * @param now nanoseconds of CLOCK_MONOTONIC, for runtimes whose `process.hrtime` is another clock
 */
export function openProbe(path: string | undefined = process.env.HALFOPEN_PROBE, now = monotonic): Probe {
  if (path === undefined || path === '') return silent;
  const file = openSync(path, 'a');
  let buffered = '';
  let timer: NodeJS.Timeout | null = null;
  let total = 0;
  let totalDue = false;

  const flush = (): void => {
    if (timer) clearTimeout(timer);
    timer = null;
    if (buffered === '') return;
    writeSync(file, buffered);
    buffered = '';
  };
  const tell = (line: string): void => {
    buffered += line;
    if (buffered.length >= flushAtBytes) flush();
    else timer ??= setTimeout(flush, flushAfterMs).unref();
  };
  const tellTotal = (): void => {
    totalDue = false;
    tell(`{"event":"pull","t":${now()},"tag":"*","pulls":${total}}\n`);
    flush(); // it has waited long enough, and another timer would be another wake-up of a server at rest
  };
  process.on('exit', flush);

  const about = (event: 'request' | 'closed' | 'end') => (tag: string) => {
    if (tag !== '') tell(`{"event":"${event}","t":${now()},"tag":${JSON.stringify(tag)}}\n`);
  };
  return {
    now,
    ready: (port) => {
      tell(`{"event":"ready","t":${now()},"pid":${process.pid},"port":${port}}\n`);
      flush();
    },
    request: about('request'),
    pull: (tag, pulls) => {
      if (tag !== '') tell(`{"event":"pull","t":${now()},"tag":${JSON.stringify(tag)},"pulls":${pulls}}\n`);
    },
    countPull: () => {
      total++;
      if (totalDue) return;
      totalDue = true;
      setTimeout(tellTotal, totalEveryMs).unref();
    },
    gone: (tag, reason) => {
      const t = now();
      if (tag !== '')
        tell(`{"event":"gone","t":${t},"tag":${JSON.stringify(tag)},"reason":${JSON.stringify(reason)}}\n`);
    },
    closed: about('closed'),
    end: about('end'),
    input: (tag, state, bytes) => {
      if (tag !== '')
        tell(`{"event":"input","t":${now()},"tag":${JSON.stringify(tag)},"state":"${state}","bytes":${bytes}}\n`);
    },
  };
}
