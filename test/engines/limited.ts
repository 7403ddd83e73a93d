/** The fixture `limited.mjs` as a process: what it says, its statistics, its processor time. */
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { ServerStats } from '../../src/engines/engine.js';
import type { ServeOptions } from '../../src/gateway/options.js';
import { ProcessSampler } from '../../src/probes/proc.js';
import { eventually } from '../support/waiting.js';

const SCRIPT = fileURLToPath(new URL('fixtures/limited.mjs', import.meta.url));

export class Limited {
  stderr = '';
  readonly child: ChildProcess;
  readonly sampler: ProcessSampler;
  #port = 0;
  #stats: ServerStats | null = null;

  /** @param maxFiles descriptors that the process may open */
  constructor(options: ServeOptions, maxFiles?: number) {
    const command = [process.execPath, SCRIPT, JSON.stringify(options)];
    if (maxFiles) command.unshift('prlimit', `--nofile=${maxFiles}`);
    this.child = spawn(command[0]!, command.slice(1), { stdio: ['pipe', 'pipe', 'pipe'] });
    this.sampler = new ProcessSampler(this.child.pid!);
    let rest = '';
    this.child.stdout!.on('data', (bytes) => {
      const lines = (rest + bytes).split('\n');
      rest = lines.pop()!;
      for (const line of lines) {
        const { port, stats } = JSON.parse(line) as { port?: number; stats?: ServerStats };
        if (port) this.#port = port;
        if (stats) this.#stats = stats;
      }
    });
    this.child.stderr!.on('data', (bytes) => {
      this.stderr += bytes;
    });
  }

  async port(): Promise<number> {
    await eventually(() => this.#port > 0, `the port; standard error: ${this.stderr}`);
    return this.#port;
  }

  async stats(): Promise<ServerStats> {
    this.#stats = null;
    this.child.stdin!.write('\n');
    await eventually(() => this.#stats !== null, `the statistics; standard error: ${this.stderr}`);
    return this.#stats!;
  }

  /** Asks again and again until `holds`. */
  async until(label: string, holds: (stats: ServerStats) => boolean, deadlineMs = 15_000): Promise<ServerStats> {
    const end = performance.now() + deadlineMs;
    for (;;) {
      const stats = await this.stats();
      if (holds(stats)) return stats;
      if (performance.now() > end) throw new Error(`waited in vain for ${label}: ${JSON.stringify(stats)}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  stop(): void {
    this.child.kill('SIGKILL');
  }
}
