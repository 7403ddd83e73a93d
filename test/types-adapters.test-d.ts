/** What must and must not compile of channels and adapters: checked by `tsc -p test --noEmit`, never run. */
import type { Express } from 'express';
import { Hono } from 'hono';
import {
  type App,
  type BlockingApp,
  checkMiddleware,
  deriveEnviron,
  fromFetch,
  inWorkers,
  onPlainServer,
  serve,
  toMiddleware,
  validate,
} from '../src/index.js';

export const channel: App = (environ, start) => {
  const made = environ.channel(start, { close: (why) => console.log(why.kind) });
  const room: boolean = made.put('text');
  made.onGet(5, (error, data) => (error ? made.fail(error) : made.put(data)));
  if (!room) void made.drained().then(() => made.finish());
  return made;
};
export const hono = () => serve(new Hono());
export const handler = fromFetch((request, { environ }) => new Response(`${request.url} ${environ.path}`));
export const wrapped: App = validate((environ, start) => channel(deriveEnviron(environ, { path: '/' }), start));
export const express = (site: Express) => site.use('/mount', toMiddleware(channel));
export const checked = () => checkMiddleware((app) => validate(app));
export const blocking: BlockingApp = function* (environ, start) {
  start('200 OK', []);
  yield environ.input.readSync(5);
};
export const workers: App = inWorkers(new URL('file:///app.mjs'), { threads: 2 });
export const plain: Iterable<string | Uint8Array> = onPlainServer(channel)({ method: 'GET', path: '/' }, () => {});

// @ts-expect-error a channel needs the start function
export const noStart: App = (environ) => environ.channel();
// @ts-expect-error put() takes chunks
export const number: App = (environ, start) => [String(environ.channel(start).put(5))];
// @ts-expect-error a handler returns a Response
export const text = fromFetch(() => 'text');
// @ts-expect-error fetch is a function
export const noFetch = () => serve({ fetch: 1 });
// @ts-expect-error a blocking application is not asynchronous
export const async: BlockingApp = async function* () {
  yield 'text';
};
// @ts-expect-error a module, not an application
export const application = inWorkers(channel);
// @ts-expect-error what an environ does not have
export const change: App = (environ, start) => channel(deriveEnviron(environ, { paht: '/' }), start);
