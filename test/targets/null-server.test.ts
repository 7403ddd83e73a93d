import { connect } from 'node:net';
import { expect, it } from 'vitest';
import { needsAddon } from '../support/addon.js';
import { aWhile, eventually, within } from '../support/waiting.js';
import { oneServer } from './one-server.js';

needsAddon();

// The server is a script: it runs as it was built.
const { startNullServer } = (await import(
  '../../dist/targets/null-server.js'
)) as typeof import('../../src/targets/null-server.js');

const answer = 'HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc';
const place = oneServer();

async function open(response: string | Buffer) {
  const { directory } = place;
  const server = await place.up('the null server', startNullServer(Buffer.from(response), { cpu: null, directory }));
  const socket = connect(server.port, server.host);
  const got: Buffer[] = [];
  socket.on('data', (data) => got.push(data));
  socket.on('error', () => {}); // the server was stopped under it
  return { server, socket, got: () => Buffer.concat(got) };
}

it('answers each request with the same bytes, wherever the requests are cut', async () => {
  const { socket, got } = await open(answer);
  const request = 'GET / HTTP/1.1\r\nhost: x\r\n\r\n';
  socket.setNoDelay(true);
  socket.write(request.repeat(100));
  await eventually(() => got().length === 100 * answer.length, 'a hundred answers to one segment');
  for (const byte of request) {
    socket.write(byte);
    await aWhile(2);
  }
  await eventually(() => got().length >= 101 * answer.length, 'the answer to a request in pieces');
  expect(got().toString()).toBe(answer.repeat(101));
  socket.destroy();
});

it('sends a large answer whole to a client that reads slowly', async () => {
  const large = Buffer.concat([Buffer.from('HTTP/1.1 200 OK\r\n\r\n'), Buffer.alloc(8 << 20, 7)]);
  const { socket, got } = await open(large);
  socket.pause();
  socket.write('GET / HTTP/1.1\r\n\r\n');
  await aWhile();
  socket.resume();
  await eventually(() => got().length >= large.length, 'the whole answer');
  expect(got().equals(large)).toBe(true);
  socket.destroy();
});

it('ends when asked', async () => {
  const { server } = await open(answer);
  await within(server.stop(), 'the null server to stop');
  expect(server.ended()).toMatch(/SIGTERM/);
});
