import { expect, it } from 'vitest';
import type { App, CloseReason, Completion, Environ } from '../../src/gateway/types.js';
import { aWhile, Deferred, eventually, within } from '../support/waiting.js';
import { aborted, asyncApp, hello, Seen } from './apps.js';
import { onEngines } from './engines.js';

onEngines('when a disconnect is noticed', (bench) => {
  /** An application that has nothing to say until the client is gone. */
  function silent(seen: Seen): App {
    return asyncApp(seen, () => aborted(seen.environ.signal).then(() => null));
  }
  /** A stream that goes on until it is closed. */
  function ticking(seen: Seen, chunk = 'tick'): App {
    return asyncApp(seen, () => aWhile(5).then(() => chunk));
  }
  const requested = (seen: Seen) => eventually(() => seen.asked > 0, 'the request');
  const left = (seen: Seen) => within(aborted(seen.environ.signal), 'the abort');

  it('rule 6: a suspended request learns of the disconnect without being iterated', async () => {
    const seen = new Seen();
    const client = await bench.start(
      asyncApp(seen, () => {
        seen.environ.pause();
        return '';
      }),
    );
    client.request('/');
    await requested(seen);
    client.fin();
    expect(await left(seen)).toEqual({ kind: 'client-fin' });
    expect(seen.asked).toBe(1);
  });

  for (const how of ['fin', 'reset'] as const) {
    it(`rule 7: a ${how} behind an unread request body`, async () => {
      const seen = new Seen();
      const client = await bench.start(silent(seen));
      client.send(`POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5000\r\n\r\n${'b'.repeat(2000)}`);
      await requested(seen);
      client[how]();
      expect((await left(seen)).kind).toBe(`client-${how}`);
    });

    it(`rule 7: a ${how} behind a pipelined request`, async () => {
      const seen = new Seen();
      const client = await bench.start(silent(seen));
      client.request('/first');
      await requested(seen);
      client.request('/second');
      client[how]();
      expect((await left(seen)).kind).toBe(`client-${how}`);
      await aWhile(30);
      expect(seen.environ.path).toBe('/first');
    });

    it(`rule 7: a ${how} under back-pressure`, async () => {
      const seen = new Seen();
      const chunk = 'x'.repeat(65_536);
      const client = await bench.start(asyncApp(seen, () => chunk));
      client.stall().request('/');
      let before = -1;
      while (seen.asked !== before) {
        before = seen.asked;
        await aWhile(100);
      }
      client[how]();
      expect((await left(seen)).kind).toBe(`client-${how}`);
      expect(seen.asked).toBe(before);
    });
  }

  it('rule 7: a FIN behind more unread body than node:http takes in', async () => {
    const seen = new Seen();
    const client = await bench.start((environ, start) => {
      seen.environ = environ;
      start('200 OK', []);
      return (async function* () {
        await aWhile(200);
        seen.order.push(environ.signal.aborted ? 'noticed' : 'not noticed');
        await environ.input.read().catch((error) => seen.order.push(error.name));
        yield 'nobody reads this';
      })();
    });
    client.send(`POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 90000\r\n\r\n${'b'.repeat(40_000)}`).fin();
    await eventually(() => seen.order.length === 2, 'the read');
    // A limit of the node engine: it stops reading there, and sees the FIN as soon as the application reads.
    expect(seen.order).toEqual([bench.engine === 'native' ? 'noticed' : 'not noticed', 'InputBroken']);
    expect((await left(seen)).kind).toBe('client-fin');
  });

  for (const [name, body] of Object.entries({
    'one chunk': () => ['hello'],
    'several chunks': () => ['he', 'll', 'o'],
    'an async body': async function* () {
      yield 'hel';
      await aWhile(5);
      yield 'lo';
    },
  }))
    it(`rule 8: no abort on success: ${name}, then FIN or RST`, async () => {
      const environs: Environ[] = [];
      const completions: Promise<Completion>[] = [];
      const server = await bench.serve((environ, start) => {
        environs.push(environ);
        environ.signal.throwIfAborted();
        completions.push(environ.completed);
        start('200 OK', []);
        return body();
      });
      for (const how of ['fin', 'reset', 'close'] as const) {
        const client = await bench.connect(server);
        client.request('/');
        expect((await client.response('the response')).body).toBe('hello');
        client[how]();
      }
      await aWhile(50);
      expect(environs.map(({ signal }) => signal.aborted)).toEqual([false, false, false]);
      for (const completed of completions)
        expect(await within(completed, 'completed')).toEqual({ reason: { kind: 'done' }, status: 200, bodyBytes: 5 });
      expect(server.stats().disconnects).toEqual({});
    });

  it('rule 8: a pipelined request while one is pending is no disconnect', async () => {
    const seen = new Seen();
    const gate = new Deferred();
    const client = await bench.start(asyncApp(seen, async (call) => (call ? null : gate.promise.then(() => 'slow'))));
    client.request('/1');
    await requested(seen);
    client.request('/2');
    await aWhile(50);
    expect(seen.environ.signal.aborted).toBe(false);
    gate.resolve();
    expect((await client.response('the first')).body).toBe('slow');
  });

  it("rule 9: 'abort': a FIN in mid-stream ends the stream, visibly", async () => {
    const seen = new Seen();
    const client = await bench.start(ticking(seen), { onHalfClose: 'abort' });
    client.request('/');
    await client.until('tick', 'the first chunk');
    client.fin();
    await client.untilEnd('the end of the stream');
    expect((await client.response('what there is')).complete).toBe(false);
    await eventually(() => seen.closes.length > 0, 'close()');
    expect(seen.closedBy).toBe('client-fin');
  });

  for (const onHalfClose of ['probe', 'tolerate'] as const) {
    it(`rule 9: '${onHalfClose}': a half-closed reader gets the whole stream`, async () => {
      const seen = new Seen();
      const app = asyncApp(seen, (call) => aWhile(5).then(() => (call < 10 ? `${call},` : null)));
      const client = await bench.start(app, { onHalfClose });
      client.request('/').fin();
      const response = await client.response('the response');
      expect(response).toMatchObject({ body: '0,1,2,3,4,5,6,7,8,9,', complete: true });
      expect(await client.untilEnd('the close')).toBe('fin');
      expect(seen.environ.signal.aborted).toBe(false);
      expect(seen.closedBy).toBe('done');
    });

    it(`rule 9: '${onHalfClose}': a client that closed is found out by a chunk`, async () => {
      const seen = new Seen();
      const client = await bench.start(ticking(seen), { onHalfClose });
      client.request('/');
      await client.until('tick', 'the first chunk');
      client.close();
      expect((await left(seen)).kind).toMatch(/^client-(fin|reset)$/);
      await eventually(() => seen.closes.length > 0, 'close()');
    });
  }

  it('rule 9: a complete response is delivered to a half-closed reader', async () => {
    const seen = new Seen();
    const big = 'x'.repeat(3_000_000);
    const client = await bench.start((environ, start) => {
      seen.environ = environ;
      environ.signal.throwIfAborted();
      start('200 OK', []);
      return [big];
    });
    client.request('/').fin();
    const response = await client.response('the response');
    expect(response.complete).toBe(true);
    expect(response.body.length).toBe(big.length);
    expect(await client.untilEnd('the close')).toBe('fin');
    expect(seen.environ.signal.aborted).toBe(false);
  });

  it('rule 9: requests pipelined before a FIN are answered', async () => {
    const client = await bench.start(hello);
    client.request('/').request('/').request('/').fin();
    for (const which of ['first', 'second', 'third'])
      expect((await client.response(`the ${which}`)).body).toBe('hello');
    expect(await client.untilEnd('the close')).toBe('fin');
  });

  it('rule 9: a FIN that came before a pipelined request had its turn counts for it, too', async () => {
    const seen = new Seen();
    const big = 'x'.repeat(8_000_000);
    const stream = ticking(seen);
    const client = await bench.start((environ, start) => {
      if (environ.path === '/stream') return stream(environ, start);
      start('200 OK', []);
      return [big];
    });
    client.stall().request('/big').request('/stream').fin();
    await aWhile(100);
    client.readOn();
    expect((await client.response('the complete one')).complete).toBe(true);
    await client.untilEnd('the end of the stream');
    expect((await left(seen)).kind).toBe('client-fin');
    await eventually(() => seen.closes.length > 0, 'close()');
  });

  it('rules 10, 11: a reader that stalls is reset at the stall timeout', async () => {
    const seen = new Seen();
    const chunk = 'x'.repeat(65_536);
    const client = await bench.start(
      asyncApp(seen, () => chunk),
      { stallTimeoutMs: 300 },
    );
    client.stall().request('/');
    await requested(seen);
    expect((await left(seen)).kind).toBe('write-stalled');
    await eventually(() => seen.closes.length > 0, 'close()');
    client.readOn();
    expect(await client.untilEnd('the reset')).toBe('reset');
  });

  it('rule 10: what a client sends is no progress, nor is a queue that grows', async () => {
    const seen = new Seen();
    let asked = 0;
    const client = await bench.start(
      // Bytes come until nothing moves, and one more chunk in the middle of the wait.
      asyncApp(seen, () => (++asked === 2 ? aWhile(500).then(() => 'x') : 'x'.repeat(40_000_000))),
      { stallTimeoutMs: 1000, highWaterMark: 100_000_000 },
    );
    client.stall().request('/').send('GET /next HTTP/1.1\r\n');
    await requested(seen);
    const chatter = setInterval(() => client.send('x: y\r\n'), 50);
    expect((await left(seen)).kind).toBe('write-stalled');
    clearInterval(chatter);
    await eventually(() => seen.closes.length > 0, 'close()');
  });

  it('rule 10: a stream with nothing to send is no stall', async () => {
    const seen = new Seen();
    const client = await bench.start(
      asyncApp(seen, (call) => (call === 0 ? 'a' : call === 1 ? aWhile(500).then(() => 'b') : null)),
      { stallTimeoutMs: 100 },
    );
    client.request('/');
    expect((await client.response('the response')).body).toBe('ab');
  });

  it('rule 10: a slow reader that makes progress is no stall', async () => {
    const size = 30_000_000;
    const client = await bench.start(
      (_environ, start) => {
        start('200 OK', []);
        return ['x'.repeat(size)];
      },
      { stallTimeoutMs: 400 },
    );
    client.request('/');
    // Some hundred KiB at a time: it takes several times as long as a stall may, and the queue is never empty.
    while (client.total < size && client.end === null) {
      client.stall();
      await aWhile(60);
      const before = client.total;
      client.readOn();
      await eventually(
        () => client.total > before + 400_000 || client.total >= size || client.end !== null,
        'progress',
      );
    }
    expect((await client.response('the response')).body.length).toBe(size);
  });

  it('rule 11: FIN, RST and shutdown are told apart, the same reason everywhere', async () => {
    const reasons: Record<string, CloseReason> = {};
    for (const how of ['fin', 'reset', 'shutdown'] as const) {
      const seen = new Seen();
      const server = await bench.serve(ticking(seen));
      const client = await bench.connect(server);
      client.request('/');
      await client.until('tick', 'the first chunk');
      const completed = seen.environ.completed;
      if (how === 'shutdown') void server.close({ graceMs: 0 });
      else client[how]();
      const reason = await left(seen);
      expect((await within(completed, 'completed')).reason).toEqual(reason);
      await eventually(() => seen.closes.length > 0, 'close()');
      expect(seen.closes).toEqual([reason]);
      expect(seen.environ.gone()).toEqual(reason);
      reasons[how] = reason;
    }
    expect(reasons).toEqual({
      fin: { kind: 'client-fin' },
      reset: { kind: 'client-reset', errno: 'ECONNRESET' },
      shutdown: { kind: 'shutdown' },
    });
  });
});
