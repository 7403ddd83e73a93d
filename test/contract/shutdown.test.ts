import { expect, it } from 'vitest';
import type { CloseReason, Environ } from '../../src/gateway/types.js';
import { eventually, within } from '../support/waiting.js';
import { type Bench, closable, onEngines } from './engines.js';

const BIG = 'x'.repeat(8_000_000);
const graceMs = 300;

/** A client that reads nothing has asked for `body`. */
async function stalledReaderOf(bench: Bench, body: string) {
  const closes: CloseReason[] = [];
  let environ: Environ | undefined;
  const server = await bench.serve((given, start) => {
    environ = given;
    void given.completed;
    start('200 OK', []);
    return closable([body], closes);
  });
  const client = await bench.connect(server);
  client.stall().request('/');
  await eventually(() => closes.length > 0, 'the close of the body');
  expect(closes).toEqual([{ kind: 'done' }]);
  return { server, client, closes, environ: environ! };
}

onEngines('a shutdown whose grace is over', (bench) => {
  it('rule 11: a body that had ended was not delivered: the client sees that, completed says so, close() was called once', async () => {
    const { server, client, closes, environ } = await stalledReaderOf(bench, BIG);
    await within(server.close({ graceMs }), 'the server to close');
    expect((await within(environ.completed, 'completed')).reason).toEqual({ kind: 'shutdown' });
    expect(environ.signal.aborted).toBe(true);
    client.readOn();
    expect((await client.response('what came of it')).complete).toBe(false);
    await client.untilEnd('the end');
    expect(client.total).toBeLessThan(BIG.length);
    expect(closes).toEqual([{ kind: 'done' }]);
  });

  it('rule 11: a response that lies unread with its client is completed, and can still be read', async () => {
    const small = 'x'.repeat(250_000); // more than the client's own buffer takes: some of it waits in the server's kernel
    const { server, client, closes, environ } = await stalledReaderOf(bench, small);
    expect((await within(environ.completed, 'completed')).reason).toEqual({ kind: 'done' });
    await within(server.close({ graceMs }), 'the server to close');
    client.readOn();
    expect(await client.response('the response')).toMatchObject({ body: small, complete: true });
    expect(closes).toEqual([{ kind: 'done' }]);
  });
});
