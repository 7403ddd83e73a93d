import { expect, it } from 'vitest';
import { ContractError } from '../../src/gateway/errors.js';
import type { App, Environ } from '../../src/gateway/types.js';
import { aWhile, Deferred, eventually, within } from '../support/waiting.js';
import { aborted, asyncApp, hello, routes, Seen, syncApp } from './apps.js';
import { onEngines } from './engines.js';

onEngines('chunks and back-pressure', (bench) => {
  const BIG = 'x'.repeat(16_384);

  /** Waits until a stalled reader has stopped the body. @returns how often it was asked */
  async function stopped(seen: Seen): Promise<number> {
    let before = -1;
    await eventually(() => seen.asked > 0, 'the request');
    while (seen.asked !== before) {
      before = seen.asked;
      await aWhile(150);
    }
    return before;
  }

  for (const [name, make] of [['sync', syncApp] as const, ['async', asyncApp] as const])
    it(`rule 12: a stalled reader stops a ${name} body, reading on starts it again, nothing is lost`, async () => {
      const seen = new Seen();
      const total = 2000; // 32 MB: more than the buffers of two kernels take
      const client = await bench.start(make(seen, (call) => (call < total ? BIG : null)));
      client.stall().request('/', { fields: 'Connection: close\r\n' });
      expect(await stopped(seen)).toBeLessThan(total);
      client.readOn();
      await client.untilEnd('the whole response', 15_000);
      const response = await client.response('the response');
      expect(response.complete).toBe(true);
      expect(response.body.length).toBe(total * BIG.length);
      expect(seen.closedBy).toBe('done');
    });

  it('rule 12: write() shows back-pressure; drained() settles when the queue has drained', async () => {
    const order: string[] = [];
    const client = await bench.start(async (environ, start) => {
      const write = start('200 OK', []);
      order.push(`small: ${write('x')}`);
      await environ.drained();
      while (write(BIG)) await aWhile(0);
      order.push('full');
      const drained = environ.drained().then(() => order.push('drained'));
      await aWhile(100);
      order.push('reading');
      client.readOn();
      await drained;
      order.push(`again: ${write('x')}`);
      return [];
    });
    client.stall().request('/', { fields: 'Connection: close\r\n' });
    await client.untilEnd('the whole response', 15_000);
    expect((await client.response('the response')).complete).toBe(true);
    expect(order).toEqual(['small: true', 'full', 'reading', 'drained', 'again: true']);
  });

  it('rule 12: drained() settles when the client is gone', async () => {
    const settled = new Deferred();
    const client = await bench.start(async (environ, start) => {
      const write = start('200 OK', []);
      while (write(BIG)) await aWhile(0);
      const drained = environ.drained();
      client.reset();
      await drained;
      settled.resolve();
      return [];
    });
    client.stall().request('/');
    await within(settled.promise, 'drained()');
  });

  it('rule 12: drained() settles at once below the low-water mark, and at the end', async () => {
    let late!: Environ;
    const client = await bench.start(async (environ, start) => {
      late = environ;
      await environ.drained();
      const write = start('200 OK', []);
      write('x'.repeat(30_000)); // between the marks
      void environ.drained().then(() => bench.infos.push('settled'));
      return ['end'];
    });
    await client.request('/').response('the response');
    await eventually(() => bench.infos.length === 1, 'drained()');
    await within(late.drained(), 'drained() after the end');
  });

  for (const body of ['text', 5, null, undefined, {}, new Uint8Array(3)])
    it(`rule 12: ${JSON.stringify(body)} is no body`, async () => {
      const client = await bench.start((_environ, start) => {
        start('200 OK', []);
        return body as unknown as string[];
      });
      expect((await client.request('/').response('the failure')).status).toBe(500);
      expect(bench.causes[0]).toMatchObject({ name: 'ContractError', rule: 12 });
    });

  it('rule 12: an iterator that answers with null fails its own exchange only', async () => {
    const broken: App = (_environ, start) => {
      start('200 OK', []);
      return { [Symbol.iterator]: () => ({ next: () => null as unknown as IteratorResult<string> }) };
    };
    const client = await bench.start(routes({ '/broken': broken, '/': hello }));
    expect((await client.request('/broken').response('the failure')).status).toBe(500);
    expect(bench.causes[0]).toBeInstanceOf(ContractError);
    expect((await client.request('/').response('the next one')).body).toBe('hello');
  });

  it('rule 12: strings leave as UTF-8, bytes as they are', async () => {
    const client = await bench.start((_environ, start) => {
      start('200 OK', []);
      return ['ä€𝄞', new Uint8Array([0, 255, 128]), Buffer.from('ü')];
    });
    const { body } = await client.request('/').response('the response');
    expect(Buffer.from(body, 'latin1')).toEqual(
      Buffer.concat([Buffer.from('ä€𝄞'), Buffer.from([0, 255, 128]), Buffer.from('ü')]),
    );
  });

  it('rule 12: chunks of one turn leave as one HTTP chunk, or each as its own', async () => {
    const app: App = (_environ, start) => {
      start('200 OK', []);
      return ['a', 'b', new Uint8Array([99]), 'd'];
    };
    const merged = await bench.start(app);
    expect(await merged.request('/').response('merged')).toMatchObject({ chunks: ['abcd'], complete: true });
    const apart = await bench.start(app, { coalesce: false });
    expect(await apart.request('/').response('apart')).toMatchObject({ chunks: ['a', 'b', 'c', 'd'], complete: true });
  });

  it('rule 13: an empty chunk sends no bytes', async () => {
    const seen = new Seen();
    let speak = false;
    const client = await bench.start(syncApp(seen, (call) => (speak ? (call % 2 ? 'x' : '') : '')));
    client.request('/');
    await eventually(() => seen.asked > 5, 'some empty chunks');
    expect(client.total).toBe(0);
    speak = true;
    await client.until('x', 'the first chunk');
  });

  for (const [name, make] of [['sync', syncApp] as const, ['async', asyncApp] as const])
    it(`rule 13: empty chunks among others leave no trace in a ${name} body`, async () => {
      const chunks = ['', new Uint8Array(0), 'a', '', 'b', new Uint8Array(0), ''];
      const client = await bench.start(make(new Seen(), (call) => chunks[call] ?? null));
      const response = await client.request('/').response('the response');
      expect(response.chunks.join('|')).toBe('a|b');
      expect(response.complete).toBe(true);
    });

  it('rule 13: a write() of nothing sends nothing', async () => {
    const client = await bench.start(async (_environ, start) => {
      const write = start('200 OK', []);
      expect(write('')).toBe(true);
      await aWhile(50);
      expect(client.total).toBe(0);
      return ['x'];
    });
    expect((await client.request('/').response('the response')).body).toBe('x');
    expect(bench.errors).toEqual([]);
  });

  it('rule 17: an endless body of small chunks does not starve others', async () => {
    const endless = new Seen();
    const server = await bench.serve(routes({ '/endless': syncApp(endless, () => 'x'), '/': hello }));
    const greedy = await bench.connect(server);
    greedy.request('/endless');
    await greedy.until('x', 'the endless one');
    const modest = await bench.connect(server);
    for (let i = 0; i < 5; i++) expect((await modest.request('/').response(`response ${i}`)).body).toBe('hello');
    greedy.reset();
    await within(aborted(endless.environ.signal), 'the abort');
  });

  it('rule 17: an async body that never waits does not starve others either', async () => {
    const endless = new Seen();
    const server = await bench.serve(routes({ '/endless': asyncApp(endless, () => 'x'), '/': hello }));
    const greedy = await bench.connect(server);
    greedy.request('/endless');
    await greedy.until('x', 'the endless one');
    const modest = await bench.connect(server);
    for (let i = 0; i < 5; i++) expect((await modest.request('/').response(`response ${i}`)).body).toBe('hello');
  });

  /** Who gave a chunk, in order, while two greedy bodies gave `most` in all; without the beginning, in which there was one, and the end. */
  async function turnsOfTwo(chunk: string, most: number, options: { turnChunks?: number; turnBytes?: number }) {
    const turns: string[] = [];
    const greedy = (name: string) => syncApp(new Seen(), () => (turns.push(name) < most ? chunk : null));
    const server = await bench.serve(routes({ '/a': greedy('a'), '/b': greedy('b') }), options);
    const [one, two] = [await bench.connect(server), await bench.connect(server)];
    one.request('/a');
    two.request('/b');
    await Promise.all([one.response('a'), two.response('b')]);
    const from = Math.max(turns.indexOf('a'), turns.indexOf('b'));
    return turns
      .slice(from, most - 10)
      .join('')
      .replace(/^b*/, '');
  }

  it('rule 17: two greedy bodies take turns', async () => {
    const both = await turnsOfTwo('x', 800, { turnChunks: 10 });
    expect(both).toMatch(/^(a{1,20}b{1,20})+a{0,20}$/);
    expect(both.length).toBeGreaterThan(300);
  });

  it('rule 17: …by bytes, too: few large chunks are as much as many small ones', async () => {
    const both = await turnsOfTwo('x'.repeat(16_000), 600, { turnBytes: 64 * 1024 });
    // 64 KiB are five of these chunks: a turn's end and the next one's beginning may follow each other.
    expect(both).toMatch(/^(a{1,10}b{1,10})+a{0,10}$/);
    expect(both.length).toBeGreaterThan(100);
  });

  it('rule 17: …however many bodies have room at once', async () => {
    const bodies = 24;
    const chunk = 'x'.repeat(64 * 1024);
    /** By turn of the loop: which bodies were asked, each for half a millisecond. */
    const asked = [new Set<number>()];
    const busy = (name: number) =>
      syncApp(new Seen(), () => {
        asked.at(-1)!.add(name);
        for (const end = performance.now() + 0.5; performance.now() < end; );
        return chunk;
      });
    const server = await bench.serve(
      routes(Object.fromEntries(Array.from({ length: bodies }, (_, i) => [`/${i}`, busy(i)]))),
    );
    const clients = await Promise.all(Array.from({ length: bodies }, () => bench.connect(server)));
    for (const [i, client] of clients.entries()) client.stall().request(`/${i}`);
    let turning = true;
    const turn = () => {
      asked.push(new Set());
      if (turning) setImmediate(turn);
    };
    turn();
    const busyTurns = () => asked.filter((names) => names.size > 0).length;
    const stalled = async () => {
      let before = -1;
      while (busyTurns() !== before) {
        before = busyTurns();
        await aWhile(150);
      }
    };
    await eventually(() => new Set(asked.flatMap((names) => [...names])).size === bodies, 'all requests');
    await stalled();
    asked.length = 1; // those before answered requests, each in the turn it came in
    asked[0]!.clear();
    for (const client of clients) client.readOn();
    await eventually(() => busyTurns() > 30, 'thirty turns with something to do');
    turning = false;
    for (const client of clients) client.reset();
    // Two at once and two for the millisecond of a turn; a turn as it is counted here may see the ends of two.
    expect(Math.max(...asked.map((names) => names.size))).toBeLessThanOrEqual(8);
  });

  it.each(['sync', 'async'])('rule 17: …and however many begin at once (%s)', async (kind) => {
    const bodies = 24;
    const most = 6;
    const asked = [{ names: new Set<number>(), times: 0 }];
    const busy = (name: number): App => {
      let left = most;
      const next = () => {
        asked.at(-1)!.names.add(name);
        asked.at(-1)!.times++;
        for (const end = performance.now() + 0.5; performance.now() < end; );
        return left-- > 0 ? 'x'.repeat(20_000) : null;
      };
      return kind === 'sync' ? syncApp(new Seen(), next) : asyncApp(new Seen(), next);
    };
    const server = await bench.serve(
      routes(Object.fromEntries(Array.from({ length: bodies }, (_, i) => [`/${i}`, busy(i)]))),
    );
    const clients = await Promise.all(Array.from({ length: bodies }, () => bench.connect(server)));
    let turning = true;
    const turn = () => {
      asked.push({ names: new Set(), times: 0 });
      if (turning) setImmediate(turn);
    };
    turn();
    for (const [i, client] of clients.entries()) client.request(`/${i}`);
    for (const [i, client] of clients.entries())
      expect((await client.response(`response ${i}`)).body.length).toBe(most * 20_000);
    turning = false;
    // Each is asked once when it begins; for more there is the millisecond, and a turn as it is counted here may see parts of two.
    expect(Math.max(...asked.map(({ names, times }) => times - names.size))).toBeLessThanOrEqual(8);
  });
});
