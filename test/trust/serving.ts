import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from 'vitest';
import { readRecords, type ServerEntry, serverBook } from '../../src/ledger/books.js';
import { eventually } from '../support/waiting.js';

const path = (relative: string) => join(import.meta.dirname, relative);
const running = new Set<Serving>();

afterEach(() => {
  for (const serving of running) serving.clear();
});

/** A process with the application that keeps a book: `halfopen serve`, or a script of fixtures/. */
export class Serving {
  output = '';
  readonly child: ChildProcess;
  /** Exit code, or the signal that ended it. */
  readonly exit: Promise<number | NodeJS.Signals | null>;
  readonly #folder = mkdtempSync(join(tmpdir(), 'halfopen-trust-'));

  private constructor(args: readonly string[]) {
    writeFileSync(this.#book, '');
    const env = { ...process.env, HALFOPEN_BOOK: this.#book };
    this.child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'pipe'], env });
    for (const stream of [this.child.stdout!, this.child.stderr!])
      stream.on('data', (text) => {
        this.output += text;
      });
    this.exit = new Promise((resolve) => this.child.on('close', (code, signal) => resolve(code ?? signal)));
    running.add(this);
  }

  static command(...args: string[]): Serving {
    return new Serving([path('../../dist/cli/main.js'), 'serve', path('fixtures/app.mjs'), '--port', '0', ...args]);
  }

  static script(name: string, ...args: string[]): Serving {
    return new Serving([path(`fixtures/${name}`), ...args]);
  }

  get #book(): string {
    return join(this.#folder, 'book.ndjson');
  }

  async port(): Promise<number> {
    await eventually(() => /listening on/.test(this.output), 'the server to listen', 20_000);
    return Number(/:(\d+) \(/.exec(this.output)![1]);
  }

  book(): ReadonlyMap<string, ServerEntry> {
    return serverBook(readRecords(readFileSync(this.#book, 'utf8')));
  }

  clear(): void {
    this.child.kill('SIGKILL');
    rmSync(this.#folder, { recursive: true, force: true });
    running.delete(this);
  }
}
