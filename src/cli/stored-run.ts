import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { RunReport } from '../reports/model.js';
import { validRun } from '../reports/validate.js';
import { UsageError } from './command.js';

/**
 * A run that was saved: its file, or the directory that holds its `run.json`.
 *
 * @throws UsageError naming the file, and the member that is wrong
 */
export function readRun(path: string): RunReport {
  try {
    const file = statSync(path).isDirectory() ? join(path, 'run.json') : path;
    return validRun(JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    throw new UsageError(`${path} is no stored run: ${(error as Error).message}`);
  }
}
