import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { addonMissing } from '../support/addon.js';
import { RawClient } from '../support/raw-client.js';
import { eventually } from '../support/waiting.js';

const ROOT = join(import.meta.dirname, '../..');
const undo: (() => unknown)[] = [];
afterEach(() => {
  for (const each of undo.splice(0).reverse()) each();
});

/** The example as a user runs it: `npm run build:ts` comes first. */
async function run(example: string, env: Record<string, string> = {}) {
  const args = [join(ROOT, 'dist/cli/main.js'), 'serve', join(ROOT, 'docs/examples', example), '--port', '0'];
  const child: ChildProcess = spawn(process.execPath, args, { env: { ...process.env, ...env } });
  undo.push(() => child.kill('SIGKILL'));
  const output = { out: '', err: '' };
  child.stdout?.on('data', (text) => {
    output.out += text;
  });
  child.stderr?.on('data', (text) => {
    output.err += text;
  });
  await eventually(() => /:\d+ \(/.test(output.out), `${example} to listen: ${output.err}`);
  const port = Number(/:(\d+) \(/.exec(output.out)?.[1]);
  const connect = async () => {
    const client = await RawClient.connect(port);
    undo.push(() => client.socket.destroy());
    return client;
  };
  return { output, connect };
}

it('every example is tested', () => {
  const tests = [import.meta.filename, join(ROOT, 'test/probes/examples.test.ts')];
  const tested = tests.map((file) => readFileSync(file, 'utf8')).join('');
  for (const name of readdirSync(join(ROOT, 'docs/examples'))) expect(tested).toContain(`'${name}'`);
});

it('sse-feed: readers get the same events, and are counted while they are there', async () => {
  const { connect, output } = await run('sse-feed.mjs', { EVERY_MS: '20' });
  const [first, second] = [await connect(), await connect()];
  first.request('/');
  await first.until('"readers":1', 'an event');
  second.request('/');
  await first.until('"readers":2', 'the second reader');
  await second.until('"readers":2', 'an event for the second reader');
  second.close();
  first.received = '';
  await first.until('"readers":1', 'the second reader to be gone');
  expect(first.received).not.toContain('undefined');
  // Where the addon is not built, that is said; nothing else is.
  expect(output.err).toMatch(addonMissing === null ? /^$/ : /^halfopen: the native engine is not available \(.*\n$/);
});

it('token-relay: relays, and stops the upstream when the client leaves', async () => {
  const left: string[] = [];
  const upstream = http.createServer((request, response) => {
    response.writeHead(200, { 'content-type': 'text/plain' }).write('token 1;');
    const timer = setInterval(() => response.write('token;'), 10);
    if (request.url === '/short') setTimeout(() => response.end(), 50);
    response.on('close', () => {
      clearInterval(timer);
      left.push(response.writableFinished ? 'finished' : 'aborted');
    });
  });
  await new Promise<void>((resolve) => void upstream.listen(0, '127.0.0.1', () => resolve()));
  undo.push(() => upstream.close());
  undo.push(() => upstream.closeAllConnections());
  const url = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`;
  const whole = await (await run('token-relay.mjs', { UPSTREAM_URL: `${url}/short` })).connect();
  whole.request('/');
  expect(await whole.response('the whole stream')).toMatchObject({ status: 200, complete: true });
  expect(left).toEqual(['finished']);
  const { connect, output } = await run('token-relay.mjs', { UPSTREAM_URL: `${url}/endless` });
  const client = await connect();
  client.request('/');
  await client.until('token;', 'some tokens');
  client.fin();
  await eventually(() => left.length === 2, 'the upstream to be stopped');
  expect(left).toEqual(['finished', 'aborted']);
  expect(output.err).not.toMatch(/ {4}at /); // an info line at most (rule 5)
});

it('upload: a whole file is kept, a truncated one is not', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'halfopen-upload-'));
  undo.push(() => rmSync(directory, { recursive: true }));
  const { connect, output } = await run('upload.mjs', { DIRECTORY: directory });
  const put = (name: string, length: number, body: string) =>
    `PUT /${name} HTTP/1.1\r\nHost: x\r\nContent-Length: ${length}\r\n\r\n${body}`;
  const client = await connect();
  client.send(put('whole.txt', 5, '12345'));
  expect(await client.response('the answer')).toMatchObject({ status: 201, body: '5 bytes\n' });
  expect(readFileSync(join(directory, 'whole.txt'), 'latin1')).toBe('12345');
  const other = await connect();
  other.send(put('half.txt', 5, '12'));
  await eventually(() => existsSync(join(directory, 'half.txt.part')), 'the upload to begin');
  other.reset();
  await eventually(() => /half\.txt broke off after \d bytes/.test(output.err), 'the note');
  await eventually(() => readdirSync(directory).length === 1, 'the part to be removed');
  expect(readdirSync(directory)).toEqual(['whole.txt']);
});

it('hono-app: routes, a streamed echo, events that stop when the client leaves', async () => {
  const { connect, output } = await run('hono-app.mjs', { EVERY_MS: '10' });
  const client = await connect();
  client.request('/');
  expect((await client.response('hello')).body).toBe('hello');
  client.send('POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\necho');
  expect((await client.response('the echo')).body).toBe('echo');
  client.request('/clock');
  await client.until('data: 2', 'the time');
  client.fin();
  await eventually(() => output.out.includes('the clock stops'), 'the abort');
});
