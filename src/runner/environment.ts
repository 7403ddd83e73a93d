import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { arch, cpus, loadavg, release, totalmem, type } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { Environment } from '../reports/model.js';
import { canPin } from '../targets/launch.js';

const serverCore = 0;
const clientCore = 1;

/** Where a run takes place: recorded with it, because figures mean nothing elsewhere. */
export function environment(): Environment {
  const pinned = canPin();
  const changes = git('status', '--porcelain', '--untracked-files=no');
  return {
    kernel: `${type()} ${release()}`,
    arch: arch(),
    cpuModel: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryBytes: totalmem(),
    node: process.version,
    revision: git('rev-parse', 'HEAD'),
    dirty: changes === null ? null : changes !== '',
    congestionControl: sysctl('net/ipv4/tcp_congestion_control'),
    tcpRmem: sysctl('net/ipv4/tcp_rmem'),
    tcpWmem: sysctl('net/ipv4/tcp_wmem'),
    loadAverage: Math.round((loadavg()[0] ?? 0) * 100) / 100,
    serverCpu: pinned ? serverCore : null,
    clientCpu: pinned ? clientCore : null,
  };
}

/** Keeps this process, and with it the client's thread and autocannon, off the server's core. */
export function stayOffServerCore({ clientCpu }: Environment): void {
  if (clientCpu === null) return;
  try {
    execFileSync('taskset', ['-apc', String(clientCpu), String(process.pid)], { stdio: 'ignore' });
  } catch {
    // not allowed to: the run is a little noisier
  }
}

/** Version of this package. */
export function toolVersion(): string {
  const text = readFileSync(fileURLToPath(new URL('../../package.json', import.meta.url)), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

function sysctl(name: string): string | null {
  try {
    return readFileSync(`/proc/sys/${name}`, 'utf8').trim().replace(/\s+/g, ' ');
  } catch {
    return null;
  }
}

/** Null outside a repository, or without git. */
function git(...args: string[]): string | null {
  try {
    const cwd = fileURLToPath(new URL('../..', import.meta.url));
    return execFileSync('git', args, { cwd, stdio: ['ignore', 'pipe', 'ignore'], encoding: 'utf8' }).trim();
  } catch {
    return null;
  }
}
