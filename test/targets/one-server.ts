import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import type { RunningTarget } from '../../src/targets/target.js';
import { within } from '../support/waiting.js';

/** For each test of a file a directory and at most one server, both gone when the test is over. */
export function oneServer() {
  let directory = '';
  let running: RunningTarget | null = null;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'halfopen-test-'));
  });
  afterEach(async () => {
    await running?.stop();
    running = null;
    rmSync(directory, { recursive: true, force: true });
  });
  return {
    get directory(): string {
      return directory;
    },
    /** Waits until it is there. It is stopped after the test, if it has not been before. */
    async up(name: string, starting: Promise<RunningTarget>, withinMs?: number): Promise<RunningTarget> {
      running = await within(starting, `${name} to start`, withinMs);
      return running;
    },
  };
}
