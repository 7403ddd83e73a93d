import { expect, it } from 'vitest';
import type { CloseReason, Environ } from '../../src/gateway/types.js';
import { eventually, within } from '../support/waiting.js';
import { closable, onEngines } from './engines.js';

const BIG = 'x'.repeat(8_000_000);
const graceMs = 300;

onEngines('a shutdown whose grace is over', (bench) => {
  it('rule 11: a body that had ended was not delivered: the client sees that, completed says so, close() was called once', async () => {
    const closes: CloseReason[] = [];
    let environ: Environ | undefined;
    const server = await bench.serve((given, start) => {
      environ = given;
      void given.completed;
      start('200 OK', []);
      return closable([BIG], closes);
    });
    const client = await bench.connect(server);
    client.stall().request('/');
    await eventually(() => closes.length > 0, 'the close of the body');
    expect(closes).toEqual([{ kind: 'done' }]);
    await within(server.close({ graceMs }), 'the server to close');
    expect((await within(environ!.completed, 'completed')).reason).toEqual({ kind: 'shutdown' });
    expect(environ!.signal.aborted).toBe(true);
    client.readOn();
    expect((await client.response('what came of it')).complete).toBe(false);
    await client.untilEnd('the end');
    expect(client.total).toBeLessThan(BIG.length);
    expect(closes).toEqual([{ kind: 'done' }]);
  });

  it('rule 11: a response that lies unread with its client is completed, and can still be read', async () => {
    const small = 'x'.repeat(250_000); // more than the client's own buffer takes: some of it waits in the server's kernel
    const closes: CloseReason[] = [];
    let environ: Environ | undefined;
    const server = await bench.serve((given, start) => {
      environ = given;
      void given.completed;
      start('200 OK', []);
      return closable([small], closes);
    });
    const client = await bench.connect(server);
    client.stall().request('/');
    await eventually(() => environ !== undefined, 'the request');
    expect((await within(environ!.completed, 'completed')).reason).toEqual({ kind: 'done' });
    await within(server.close({ graceMs }), 'the server to close');
    client.readOn();
    expect(await client.response('the response')).toMatchObject({ body: small, complete: true });
    expect(closes).toEqual([{ kind: 'done' }]);
  });
});
