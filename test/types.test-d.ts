/** What must not compile: checked by `tsc -p test --noEmit`, never run. */
import { type App, type Body, type Chunk, type Environ, type Resume, serve, type Write } from '../src/index.js';

export const array: App = (_environ, start) => {
  start('200 OK', [['Content-Type', 'text/plain']]);
  return ['text', new Uint8Array(1)];
};
export const sync: App = function* () {
  yield 'text';
};
export const later: App = async () => ['text'];
export const stream: App = async function* (environ: Environ) {
  const resume: Resume = environ.pause(5);
  const woke: boolean = resume();
  yield `${woke}`;
  for await (const part of environ.input) yield part;
};
export const closing: App = () => Object.assign(['text'], { close: async () => {} });

// @ts-expect-error a number is no body
export const number: App = () => 5;
// @ts-expect-error chunks are strings or bytes
export const numbers: App = () => [5];
// @ts-expect-error nothing is no body
export const nothing: App = () => {};
// @ts-expect-error a Response is for Fetch handlers
export const response: App = () => new Response('text');
// @ts-expect-error a status is a string
export const status: App = (_environ, start) => [String(start(200, []))];
// @ts-expect-error headers are pairs
export const headers: App = (_environ, start) => [String(start('200 OK', { a: 'b' }))];
// @ts-expect-error write() takes chunks
export const write = (put: Write) => put(5);
// @ts-expect-error the environ is the gateway's
export const change = (environ: Environ) => (environ.method = 'PUT');
// @ts-expect-error close() takes a reason
export const close: Body = Object.assign(['text'], { close: (n: number) => n });
// @ts-expect-error no such engine
export const engine = () => serve(array, { engine: 'fast' });
// @ts-expect-error no such option
export const option = () => serve(array, { prot: 8080 });

export const chunk: Chunk = Buffer.from('text');
