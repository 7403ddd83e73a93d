import { openSync, writeSync } from 'node:fs';
import type { ServerRecord } from '../ledger/books.js';

/** Appends each record with a write of its own: what a killed process told is in the file. */
export function bookFile(path: string): (record: ServerRecord) => void {
  const file = openSync(path, 'a');
  return (record) => writeSync(file, `${JSON.stringify(record)}\n`);
}
