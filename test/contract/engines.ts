import { afterEach, describe } from 'vitest';
import type { Server } from '../../src/engines/engine.js';
import { nativeEngine, nativeUnavailable } from '../../src/engines/native.js';
import type { ServeOptions } from '../../src/gateway/options.js';
import { type FetchApp, serve } from '../../src/gateway/serve.js';
import type { App, CloseReason } from '../../src/gateway/types.js';
import { RawClient } from '../support/raw-client.js';
import { within } from '../support/waiting.js';

export type EngineName = 'node' | 'native';

const missing = { node: null, native: nativeEngine() ? null : (nativeUnavailable() ?? 'unknown reason') };

/** Runs the same tests on each engine; a native engine that was not built is skipped, and the title says why. */
export function onEngines(group: string, suite: (bench: Bench) => void): void {
  for (const name of ['node', 'native'] as const) {
    const why = missing[name];
    describe.skipIf(why !== null)(`${group}, ${name} engine${why ? ` (skipped: ${why})` : ''}`, () =>
      suite(new Bench(name)),
    );
  }
}

/** Starts servers and clients of one test, and clears them away after it. */
export class Bench {
  readonly infos: string[] = [];
  readonly errors: string[] = [];
  /** What was logged as the cause of each error. */
  readonly causes: unknown[] = [];
  #servers: Server[] = [];
  #clients: RawClient[] = [];

  constructor(readonly engine: EngineName) {
    afterEach(async () => {
      for (const client of this.#clients) client.socket.destroy();
      await Promise.all(this.#servers.map((server) => within(server.close({ graceMs: 0 }), 'the server to close')));
      this.#servers = [];
      this.#clients = [];
      this.infos.length = this.errors.length = this.causes.length = 0;
    });
  }

  async serve(app: App | FetchApp, options: ServeOptions = {}): Promise<Server> {
    const log = {
      info: (message: string) => void this.infos.push(message),
      error: (message: string, error?: unknown) => {
        this.errors.push(error === undefined ? message : `${message}: ${error}`);
        this.causes.push(error);
      },
    };
    const server = await serve(app, { engine: this.engine, port: 0, log, ...options });
    this.#servers.push(server);
    return server;
  }

  async connect(server: Server): Promise<RawClient> {
    const client = await RawClient.connect(server.port);
    this.#clients.push(client);
    return client;
  }

  /** A server and a client of it. */
  async start(app: App | FetchApp, options?: ServeOptions): Promise<RawClient> {
    return this.connect(await this.serve(app, options));
  }
}

/** A body made of an iterable, that notes how it was closed. */
export function closable<T extends object>(iterable: T, closes: CloseReason[]): T & { close(why: CloseReason): void } {
  return Object.assign(iterable, { close: (why: CloseReason) => void closes.push(why) });
}
