import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { streamChunks } from '../targets/apps/bodies.js';
import type { RunningTarget, Target } from '../targets/target.js';
import { runCohorts } from '../traffic/client.js';
import { countParserWork } from './parser-work.js';
import { has } from './tools.js';
import { countWriterWork } from './writer-work.js';

/** What is counted, not timed: the same on a restless machine. */
export interface Counter {
  readonly name: string;
  readonly title: string;
  readonly unit: string;
}

export const counters: readonly Counter[] = [
  { name: 'calls_per_request', title: 'system calls per request', unit: 'calls' },
  { name: 'calls_per_chunk', title: 'system calls per chunk', unit: 'calls' },
  { name: 'sent_per_chunk', title: 'bytes handed to the kernel per chunk', unit: 'bytes' },
  { name: 'heap_per_request', title: 'JavaScript heap allocated per request', unit: 'bytes' },
  { name: 'heap_per_chunk', title: 'JavaScript heap allocated per chunk', unit: 'bytes' },
  { name: 'instructions', title: 'instructions of the parser for fixed work', unit: 'instructions' },
  { name: 'copied', title: 'bytes copied by the parser for fixed work', unit: 'bytes' },
  { name: 'copied_small', title: 'copied by the engine per byte of body, 64-byte chunks', unit: 'bytes' },
  {
    name: 'copied_small_refused',
    title: 'copied by the engine per byte of body, 64-byte chunks refused',
    unit: 'bytes',
  },
  { name: 'copied_large', title: 'copied by the engine per byte of body, 64 KiB chunks', unit: 'bytes' },
  {
    name: 'copied_large_refused',
    title: 'copied by the engine per byte of body, 64 KiB chunks refused',
    unit: 'bytes',
  },
];

/** By name; what could not be counted is missing, and `skipped` says why. */
export interface Counts {
  readonly found: Readonly<Record<string, number>>;
  readonly skipped: readonly string[];
}

/** Of each count the least is kept. */
const rounds = 4;
const requests = 300;
/** Few enough that no collection comes in between: the young generation begins at a megabyte. */
const heapRequests = 120;
const withinMs = 20_000;

/** Counts what a build needs for a lone client's requests, one after another, and what its parser and its writer need for fixed work. */
export async function countBuild(target: Target, buildDirectory: string, signal: AbortSignal): Promise<Counts> {
  const found: Record<string, number> = {};
  const skipped: string[] = [];
  const directory = mkdtempSync(join(tmpdir(), 'halfopen-count-'));
  try {
    const server = await target.start({ cpu: null, directory, signal });
    try {
      await ask(server, '/', 3000, signal);
      await ask(server, '/stream', 500, signal);
      await countCalls(server, directory, found, skipped, signal);
      await countHeap(server, found, skipped, signal);
    } finally {
      await server.stop();
    }
    countParserWork(buildDirectory, directory, found, skipped);
    countWriterWork(buildDirectory, directory, found, skipped);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
  return { found, skipped };
}

async function ask(server: RunningTarget, path: string, rounds: number, signal: AbortSignal): Promise<void> {
  const { host, port } = server;
  const request = `GET ${path} HTTP/1.1\r\nhost: ${host}:${port}\r\n\r\n`;
  const cohort = { id: 'counted', host, port, request, rounds, connections: 1 } as const;
  const load = { ...cohort, pacing: { mode: 'closed', thinkMs: 0 }, expect: { status: 200 } } as const;
  await runCohorts([load], { seed: 1, deadlineMs: withinMs, signal });
}

const paths = [
  { path: '/', per: 1, unit: 'request' },
  { path: '/stream', per: streamChunks, unit: 'chunk' },
] as const;

/** Of the thread that serves, and of no other: helpers of the runtime come and go. */
async function countCalls(
  server: RunningTarget,
  directory: string,
  found: Record<string, number>,
  skipped: string[],
  signal: AbortSignal,
): Promise<void> {
  if (server.pid === null || !has('strace')) {
    skipped.push('system calls: strace is not installed');
    return;
  }
  for (const { path, per, unit } of paths) {
    for (let round = 0; round < rounds; round++) {
      const calls = await traced(server.pid, join(directory, 'calls'), () => ask(server, path, requests, signal));
      if (calls.length < requests) {
        skipped.push('system calls: strace may not attach here');
        return;
      }
      keepLeast(found, `calls_per_${unit}`, calls.length / (requests * per));
      if (unit === 'chunk') keepLeast(found, 'sent_per_chunk', bytesSent(calls) / (requests * per));
    }
  }
}

/** One line for each system call that the process's main thread makes meanwhile. */
async function traced(pid: number, file: string, work: () => Promise<void>): Promise<string[]> {
  const strace = spawn('strace', ['-qq', '-p', String(pid), '-o', file], { stdio: 'ignore' });
  const ended = once(strace, 'exit');
  ended.catch(() => {}); // it did not start: then nothing was traced
  await stateOf(pid, 'TracerPid', /^[^0]/);
  await work();
  // The client has its answer before strace has the end of the call that sent it: that is there when the server sleeps.
  await stateOf(pid, 'State', /^S/);
  strace.kill('SIGINT');
  await Promise.race([ended, sleep(2000, undefined, { ref: false })]);
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : [];
  return lines.filter((line) => /^[a-z_0-9]+\(/.test(line));
}

/** Waits, two seconds at most, for a field of a process's status. */
async function stateOf(pid: number, field: string, wanted: RegExp): Promise<void> {
  for (let i = 0; i < 200; i++) {
    const [, value = ''] =
      new RegExp(`^${field}:\\s+(.*)$`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    if (wanted.test(value)) return;
    await sleep(10);
  }
}

/** Return values of the calls that send. */
function bytesSent(calls: readonly string[]): number {
  return calls.reduce((sum, line) => sum + Number(/^(?:sendto|sendmsg|writev?)\(.* = (\d+)$/.exec(line)?.[1] ?? 0), 0);
}

/** Asked of the contestant's own server, see `serve-build.ts`. */
async function countHeap(
  server: RunningTarget,
  found: Record<string, number>,
  skipped: string[],
  signal: AbortSignal,
): Promise<void> {
  const look = async (how: string): Promise<{ heapUsed: number; collections: number } | null> => {
    const url = `http://${server.host}:${server.port}/gate/heap?${how}`;
    const response = await fetch(url, { signal: AbortSignal.timeout(5000) });
    return response.ok ? ((await response.json()) as { heapUsed: number; collections: number }) : null;
  };
  for (const { path, per, unit } of paths) {
    for (let round = 0; round < rounds; round++) {
      await look('collect');
      const before = await look('');
      await ask(server, path, heapRequests, signal);
      const after = await look('');
      if (before === null || after === null || before.collections !== after.collections) continue;
      keepLeast(found, `heap_per_${unit}`, (after.heapUsed - before.heapUsed) / (heapRequests * per));
    }
    if (!(`heap_per_${unit}` in found))
      skipped.push(`heap per ${unit}: it was collected in between, or cannot be asked`);
  }
}

/** What disturbs a count only ever adds to it. */
function keepLeast(found: Record<string, number>, name: string, value: number): void {
  found[name] = Math.min(found[name] ?? Number.POSITIVE_INFINITY, value);
}
