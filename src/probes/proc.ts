import { readdirSync, readFileSync } from 'node:fs';

/** What the kernel says about a process and its descendants (`/proc`, Linux). */
export class ProcessSampler {
  constructor(readonly pid: number) {}

  /** CPU time of all threads of the tree so far, nanoseconds. NaN where the kernel does not say. */
  cpuNs(): number {
    let total = 0;
    let seen = false;
    for (const pid of this.#tree()) {
      for (const task of list(`/proc/${pid}/task`)) {
        const text = read(`/proc/${pid}/task/${task}/schedstat`);
        if (text === null) continue;
        seen = true;
        total += Number(text.split(' ')[0]);
      }
    }
    return seen ? total : Number.NaN;
  }

  /** Memory of user space that belongs to the tree alone and was written, bytes. NaN where the kernel does not say. */
  privateDirtyBytes(): number {
    let total = 0;
    let seen = false;
    for (const pid of this.#tree()) {
      const match = /^Private_Dirty:\s+(\d+) kB/m.exec(read(`/proc/${pid}/smaps_rollup`) ?? '');
      if (!match) continue;
      seen = true;
      total += Number(match[1]) * 1024;
    }
    return seen ? total : Number.NaN;
  }

  /** Memory that the tree has in RAM, bytes. NaN where the kernel does not say. */
  residentBytes(): number {
    let total = 0;
    let seen = false;
    for (const pid of this.#tree()) {
      const match = /^VmRSS:\s+(\d+) kB/m.exec(read(`/proc/${pid}/status`) ?? '');
      if (!match) continue;
      seen = true;
      total += Number(match[1]) * 1024;
    }
    return seen ? total : Number.NaN;
  }

  /** Open descriptors of the tree. NaN where the kernel does not say. */
  openDescriptors(): number {
    const counts = this.#tree().map((pid) => list(`/proc/${pid}/fd`).length);
    const total = counts.reduce((sum, each) => sum + each, 0);
    return total > 0 ? total : Number.NaN;
  }

  /** Processes of the tree, this one first. */
  pids(): readonly number[] {
    return this.#tree();
  }

  #tree(): number[] {
    const found: number[] = [];
    const waiting = [this.pid];
    for (let pid = waiting.pop(); pid !== undefined; pid = waiting.pop()) {
      found.push(pid);
      for (const task of list(`/proc/${pid}/task`)) {
        const children = read(`/proc/${pid}/task/${task}/children`);
        if (children) waiting.push(...children.split(' ').filter(Boolean).map(Number));
      }
    }
    return found;
  }
}

function read(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}

function list(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}
