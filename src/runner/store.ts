import { closeSync, mkdirSync, openSync, renameSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { RunReport } from '../reports/model.js';
import { validRun } from '../reports/validate.js';

/**
 * The results of one run, in a directory of their own:
 *
 * - `samples.ndjson`: every record as it comes, appended at once
 * - `run.json`: the report so far, replaced after every result; never half written
 */
export class ResultStore {
  readonly directory: string;
  readonly #samples: number;

  /** @throws Error with `code` when the directory cannot be made */
  constructor(
    parent: string,
    readonly id: string,
  ) {
    this.directory = join(parent, id);
    mkdirSync(this.directory, { recursive: true });
    this.#samples = openSync(join(this.directory, 'samples.ndjson'), 'a');
  }

  append(record: Readonly<Record<string, unknown>>): void {
    writeSync(this.#samples, `${JSON.stringify(record)}\n`);
  }

  /** @throws ShapeError for a report that no reader would take: better now than when it is needed */
  save(report: RunReport): void {
    const path = join(this.directory, 'run.json');
    const text = `${JSON.stringify(report, null, 1)}\n`;
    validRun(JSON.parse(text));
    writeFileSync(`${path}.new`, text);
    renameSync(`${path}.new`, path);
  }

  close(): void {
    closeSync(this.#samples);
  }
}
