import cluster from 'node:cluster';
import { parseArgs } from 'node:util';
import type { Server } from '../engines/engine.js';
import { nativeEngine } from '../engines/native.js';
import { type FetchApp, serve } from '../gateway/serve.js';
import type { App } from '../gateway/types.js';
import { validate } from '../gateway/validator.js';
import { UsageError } from './command.js';
import { keepHelpersBehind } from './helper-threads.js';
import { loadDefault } from './load-module.js';
import { quickBuffers } from './quick-buffers.js';
import { FLAGS, flagHelp, optionsFrom, withFlagNames } from './serve-flags.js';
import { PORT_VARIABLE, type Ready, Supervisor } from './supervisor.js';
import { tellStats } from './worker-stats.js';
import { collectSooner } from './young-generation.js';

type Options = ReturnType<typeof optionsFrom>['options'];

export const summary = 'serve an application';

const HELP = `Usage: halfopen serve APP [options]

APP is a module (.js, .mjs, .cjs; .ts where Node.js runs it) whose default export is an application:
a function (environ, start) => body, or an object with a fetch method.

${flagHelp()}

SIGINT and SIGTERM drain: no new connections, responses in progress get --grace-ms. A second one cuts short.
With --workers, SIGHUP replaces the workers one by one, and one that dies is started again.`;

/** `halfopen serve APP`: serves until a signal, then drains. */
export async function run(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({ args: [...argv], options: FLAGS, allowPositionals: true });
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  if (positionals.length !== 1)
    throw new UsageError(`serve takes one APP, got ${positionals.length}; see halfopen serve --help`);
  const { graceMs, workers, options } = optionsFrom(values);
  if (workers !== undefined && cluster.isPrimary)
    return new Supervisor(workers, argv, (line) => console.log(line), options.metricsPort).run();
  if (cluster.isWorker) asWorker(options);
  quickBuffers();
  collectSooner();
  keepHelpersBehind();
  const server = await listenOrLeave(positionals[0]!, values.validate === true, options);
  const drained = drainOnSignal(server, graceMs); // whoever reads where it listens may send a signal at once
  if (cluster.isWorker) tellStats(server);
  const host = server.address.includes(':') ? `[${server.address}]` : server.address;
  if (cluster.isWorker) process.send!({ ready: { host, port: server.port, engine: server.engine } } satisfies Ready);
  else console.log(`listening on http://${host}:${server.port} (${server.engine} engine)`);
  if (server.metricsPort !== undefined) console.log(`metrics at http://${host}:${server.metricsPort}/metrics`);
  await drained;
  // The application's own timers and sockets don't keep a server alive that has stopped.
  process.exit(0);
}

async function listenOrLeave(path: string, checked: boolean, options: Options): Promise<Server> {
  try {
    const app = await loadDefault(path);
    return await listen(checked ? await validated(app) : app, options);
  } catch (error) {
    process.channel?.unref(); // nothing else keeps a worker that can't serve
    throw error;
  }
}

/** What is no application is left to `serve()`, which says so. */
async function validated(app: unknown): Promise<unknown> {
  if (typeof app === 'function') return validate(app as App);
  if (typeof (app as FetchApp | null)?.fetch !== 'function') return app;
  const { fromFetch } = await import('../adapters/fetch.js');
  return validate(fromFetch((request, info) => (app as FetchApp).fetch(request, info)));
}

/** One of several processes on a port: the native engine shares it by SO_REUSEPORT, the node engine through its primary. */
function asWorker(options: Options): void {
  delete options.metricsPort; // the supervisor's page has the figures of all
  options.reusePort = options.engine !== 'node' && nativeEngine() !== null;
  // The primary of node:cluster hands out one port by itself, also for --port 0.
  const port = process.env[PORT_VARIABLE];
  if (port && options.reusePort) options.port = Number(port);
}

async function listen(app: unknown, options: Options): Promise<Server> {
  try {
    return await serve(app as App, options);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const { host = '127.0.0.1' } = options;
    const { port = options.port ?? 8080 } = error as { port?: number }; // that of the metrics may be the one
    if (code === 'EADDRINUSE') throw new UsageError(`port ${port} of ${host} is taken`);
    if (code === 'EACCES') throw new UsageError(`not permitted to listen on port ${port} of ${host}`);
    if (code) throw new UsageError(`cannot listen on ${host}, port ${port}: ${code}`);
    throw new UsageError(withFlagNames(message));
  }
}

/** Resolves when the last connection is gone. */
function drainOnSignal(server: Server, graceMs: number): Promise<void> {
  return new Promise((resolve) => {
    let signals = 0;
    const onSignal = () => {
      void server.close({ graceMs: signals++ === 0 ? graceMs : 0 }).then(resolve);
    };
    process.on('SIGINT', onSignal);
    process.on('SIGTERM', onSignal);
    // A worker whose supervisor is gone has nobody to stop it.
    if (cluster.isWorker) process.on('disconnect', onSignal);
  });
}
