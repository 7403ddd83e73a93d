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
    sysctls: recorded(),
    loadAverage: Math.round((loadavg()[0] ?? 0) * 100) / 100,
    serverCpu: pinned ? serverCore : null,
    clientCpu: pinned ? clientCore : null,
  };
}

/** Settings of the kernel that decide what a connection may hold, how long it is waited for, and how many there may be. */
const settings = [
  'net/core/rmem_default',
  'net/core/rmem_max',
  'net/core/wmem_default',
  'net/core/wmem_max',
  'net/core/somaxconn',
  'net/core/default_qdisc',
  'net/ipv4/ip_local_port_range',
  'net/ipv4/tcp_adv_win_scale',
  'net/ipv4/tcp_autocorking',
  'net/ipv4/tcp_fin_timeout',
  'net/ipv4/tcp_keepalive_intvl',
  'net/ipv4/tcp_keepalive_probes',
  'net/ipv4/tcp_keepalive_time',
  'net/ipv4/tcp_max_syn_backlog',
  'net/ipv4/tcp_mem',
  'net/ipv4/tcp_moderate_rcvbuf',
  'net/ipv4/tcp_notsent_lowat',
  'net/ipv4/tcp_retries2',
  'net/ipv4/tcp_sack',
  'net/ipv4/tcp_slow_start_after_idle',
  'net/ipv4/tcp_syncookies',
  'net/ipv4/tcp_timestamps',
  'net/ipv4/tcp_tw_reuse',
  'net/ipv4/tcp_window_scaling',
];

function recorded(): Record<string, string> {
  const found = settings.map((name) => [name.replaceAll('/', '.'), sysctl(name)] as const);
  return Object.fromEntries(found.filter((each): each is [string, string] => each[1] !== null));
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
