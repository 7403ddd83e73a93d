import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { calibrate } from '../probes/clock.js';
import { listeningPorts } from '../probes/listening.js';
import { ProbeReader } from '../probes/reader.js';
import { type Launched, launch } from './launch.js';
import type { StartOptions, Target } from './target.js';

export interface ExecOptions {
  /** Shell command that starts the server; absent: it runs already. */
  readonly command?: string;
  /** Where it answers. */
  readonly url: string;
}

/** Where such a server answers. */
export interface Address {
  readonly host: string;
  readonly port: number;
  readonly path: string;
}

const readyWithinMs = 15_000;

/** How long a server may take to tell of a request that it got. */
const tellsWithinMs = 1000;

/**
 * Any server in any language, by the command that starts it and its URL. It learns from `HALFOPEN_PROBE` where to tell
 * its events; if it tells none, it is tested from outside only. A URL with the path `/` stands for a server that has the
 * testbed's paths (`docs/probe.md`); any other is the one page that it is asked for.
 *
 * @throws TypeError for a URL that is not http://host:port/…
 */
export function execTarget({ command, url }: ExecOptions): Target {
  const address = addressOf(url);
  const { host, port, path } = address;
  return {
    name: 'exec',
    role: 'own',
    summary: command ?? url,
    probe: command !== undefined,
    application: path === '/',
    tellsReasons: false,
    halfClose: [],
    knownLimits: [],
    version: () => null,
    unavailable: () => null,
    async start(options: StartOptions) {
      const probePath = join(options.directory, 'probe.ndjson');
      const server = await startCommand(command, address, { HALFOPEN_PROBE: probePath }, options);
      const probe = new ProbeReader(probePath);
      const tells = server !== null && (await tellsOf(address, probe));
      if (tells && probe.only('clock').length > 0) probe.shift((await calibrate(host, port, path, probe)).offsetNs);
      return {
        host,
        port,
        path,
        pid: server?.pid ?? null,
        probe,
        tells,
        ended: () => server?.ended() ?? null,
        stop: async () => server?.stop(),
      };
    },
  };
}

/** @throws TypeError for a URL that is not http://host:port/… */
export function addressOf(url: string): Address {
  const { protocol, hostname, port, pathname, search } = new URL(url);
  if (protocol !== 'http:') throw new TypeError(`it must begin with http://, got ${url}`);
  return { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port || 80), path: pathname + search };
}

/**
 * Starts a command that answers at an address, and waits until it does.
 *
 * @param command absent: it runs already
 * @returns null for a server that is not ours
 * @throws Error when nothing answers there in time, or something else does
 */
export async function startCommand(
  command: string | undefined,
  { host, port }: Address,
  env: Readonly<Record<string, string>>,
  { cpu, signal, readyWithinMs: within = readyWithinMs }: StartOptions,
): Promise<Launched | null> {
  if (command !== undefined && (await tryConnect(host, port)))
    throw new Error(
      `the server did not start: something else answers at ${host}:${port} already (end it, or leave out --exec to test it as it is)`,
    );
  const server = command === undefined ? null : await launch({ command: ['sh', '-c', command], env, cpu });
  const hopeless = () => (server?.ended() ?? null) !== null || signal?.aborted === true;
  if (await accepts(host, port, within, hopeless)) return server;
  const why = server?.ended() ?? `nothing answered at ${host}:${port} within ${within} ms${elsewhere(server?.pid)}`;
  await server?.stop();
  throw new Error(`the server did not start: ${why}`);
}

/** Where a command that runs listens instead, if it does: the usual mistake is another port. */
function elsewhere(pid: number | undefined): string {
  if (pid === undefined) return '';
  const ports = listeningPorts(pid);
  if (ports.length === 0) return '; the command runs, and listens nowhere';
  return `; the command runs, and listens at port ${ports.join(' and ')}`;
}

/** Asks once and watches whether the probe says so: anything, or of a request. */
export async function tellsOf({ host, port, path }: Address, probe: ProbeReader, of?: 'request'): Promise<boolean> {
  const socket = connect({ host, port }).on('error', () => {});
  socket.write(`GET ${path} HTTP/1.1\r\nhost: ${host}:${port}\r\nx-halfopen-tag: probe-check\r\n\r\n`);
  socket.resume();
  const told = await probe.until((events) => (of ? probe.only(of) : events).length > 0, tellsWithinMs);
  socket.destroy();
  return told;
}

async function accepts(host: string, port: number, withinMs: number, hopeless: () => boolean): Promise<boolean> {
  const end = performance.now() + withinMs;
  while (performance.now() < end && !hopeless()) {
    if (await tryConnect(host, port)) return true;
    await sleep(50);
  }
  return false;
}

function tryConnect(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 1000 });
    const finish = (success: boolean) => () => {
      socket.destroy();
      resolve(success);
    };
    socket.on('connect', finish(true));
    socket.on('error', finish(false));
    socket.on('timeout', finish(false));
  });
}
