import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { ProcessSampler } from './proc.js';

/** Column and value of a listening socket in /proc/PID/net/tcp. */
const stateColumn = 3;
const listening = '0A';
const inodeColumn = 9;

/** TCP ports at which a process or one of its descendants listens, each once. Empty where the kernel does not say. */
export function listeningPorts(root: number): number[] {
  const ports = new Set<number>();
  for (const pid of new ProcessSampler(root).pids()) {
    const sockets = socketsOf(pid);
    for (const [inode, port] of ['tcp', 'tcp6'].flatMap((table) => listeners(`/proc/${pid}/net/${table}`)))
      if (sockets.has(inode)) ports.add(port);
  }
  return [...ports].sort((a, b) => a - b);
}

function listeners(path: string): [inode: string, port: number][] {
  const rows = quietly(() => readFileSync(path, 'utf8').split('\n').slice(1), []);
  return rows.flatMap((row): [string, number][] => {
    const columns = row.trim().split(/\s+/);
    if (columns[stateColumn] !== listening) return [];
    return [[columns[inodeColumn]!, Number.parseInt(columns[1]!.split(':')[1]!, 16)]];
  });
}

function socketsOf(pid: number): ReadonlySet<string> {
  const directory = `/proc/${pid}/fd`;
  const links = quietly(() => readdirSync(directory), []).map((fd) =>
    quietly(() => readlinkSync(`${directory}/${fd}`), ''),
  );
  return new Set(links.flatMap((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? []));
}

/** Processes and descriptors go away while one looks at them. */
function quietly<T>(look: () => T, otherwise: T): T {
  try {
    return look();
  } catch {
    return otherwise;
  }
}
