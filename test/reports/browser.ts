import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { within } from '../support/waiting.js';

export const chromium = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);
const deadlineMs = 30_000;

/** What a page did when it was opened. */
export interface Opened {
  /** From the begin of the navigation to the end of the load event. */
  readonly loadMs: number;
  /** Every address that was asked for, the page's own first. */
  readonly requests: readonly string[];
  /** Cells of the verdict grid that are in the document. */
  readonly cells: number;
  /** What the console said, and what the page's own policy refused. */
  readonly said: readonly string[];
}

type Message = { id?: number; method?: string; params?: never; result?: unknown; error?: { message: string } };

/** Opens a file in a headless Chromium of its own, spoken to over pipes (DevTools protocol). */
export async function open(file: string): Promise<Opened> {
  const profile = mkdtempSync(join(tmpdir(), 'halfopen-browser-'));
  const flags = ['--headless', '--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'];
  const child = spawn(chromium!, [...flags, '--remote-debugging-pipe', `--user-data-dir=${profile}`, 'about:blank'], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
  });
  const gone = once(child, 'exit');
  try {
    const page = new Page(child.stdio[3] as Writable, child.stdio[4] as Readable);
    return await within(page.open(`file://${file}`), `the browser to show ${file}`, deadlineMs);
  } finally {
    child.kill('SIGKILL');
    await within(gone, 'the browser to end', deadlineMs);
    // Its helpers outlive it by a moment, and write.
    await rm(profile, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
  }
}

class Page {
  readonly #answers = new Map<number, (message: Message) => void>();
  readonly #events: { method: string; params: Record<string, unknown> }[] = [];
  #id = 0;
  #rest = '';
  #session: string | undefined;

  constructor(
    readonly to: Writable,
    from: Readable,
  ) {
    from.setEncoding('utf8').on('data', (text: string) => {
      const parts = (this.#rest + text).split('\0');
      this.#rest = parts.pop()!;
      for (const part of parts) this.#take(JSON.parse(part) as Message);
    });
  }

  async open(url: string): Promise<Opened> {
    const { targetInfos } = await this.#ask<{ targetInfos: { type: string; targetId: string }[] }>('Target.getTargets');
    const { targetId } = targetInfos.find(({ type }) => type === 'page')!;
    this.#session = (
      await this.#ask<{ sessionId: string }>('Target.attachToTarget', { targetId, flatten: true })
    ).sessionId;
    for (const domain of ['Page', 'Network', 'Log', 'Runtime']) await this.#ask(`${domain}.enable`);
    await this.#ask('Page.navigate', { url });
    const timing = `new Promise((done) => {
      const look = () => {
        const { loadEventEnd } = performance.getEntriesByType('navigation')[0];
        if (location.protocol === 'file:' && loadEventEnd > 0) done([loadEventEnd, document.querySelectorAll('main > div[role=region] .badge').length]);
        else setTimeout(look, 20);
      };
      look();
    })`;
    const { result } = await this.#ask<{ result: { value: [number, number] } }>('Runtime.evaluate', {
      ...{ expression: timing, awaitPromise: true, returnByValue: true },
    });
    const [loadMs, cells] = result.value;
    const of = (method: string) => this.#events.filter((event) => event.method === method).map(({ params }) => params);
    const requests = of('Network.requestWillBeSent').map(({ request }) => (request as { url: string }).url);
    const said = [...of('Log.entryAdded'), ...of('Runtime.consoleAPICalled'), ...of('Runtime.exceptionThrown')];
    return { loadMs, cells, requests, said: said.map((each) => JSON.stringify(each)) };
  }

  #ask<T>(method: string, params: Record<string, unknown> = {}): Promise<T> {
    const id = ++this.#id;
    this.to.write(`${JSON.stringify({ id, method, params, sessionId: this.#session })}\0`);
    return new Promise((done, failed) => {
      this.#answers.set(id, ({ result, error }) => (error ? failed(new Error(error.message)) : done(result as T)));
    });
  }

  #take(message: Message): void {
    if (message.id !== undefined) this.#answers.get(message.id)?.(message);
    else if (message.method) this.#events.push({ method: message.method, params: message.params ?? {} });
  }
}
