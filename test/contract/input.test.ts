import { expect, it } from 'vitest';
import type { App, Input } from '../../src/gateway/types.js';
import { aWhile, eventually } from '../support/waiting.js';
import { hello, POST, reader, routes, text } from './apps.js';
import { onEngines } from './engines.js';

onEngines('reading the request body', (bench) => {
  const bodies: Record<string, (body: string) => string> = {
    'with a length': (body) => `${POST}Content-Length: ${body.length}\r\n\r\n${body}`,
    'in chunks': (body) =>
      `${POST}Transfer-Encoding: chunked\r\n\r\n${[...body.matchAll(/.{1,7}/gs)]
        .map(([part]) => `${part.length.toString(16)};ext=1\r\n${part}\r\n`)
        .join('')}0\r\nX-Sum: dropped\r\n\r\n`,
  };
  const BODY = 'first line\nsecond\n\nand a rest';

  const ways: Record<string, [read: (input: Input) => Promise<string>, got: string]> = {
    'read()': [async (input) => text(await input.read()), BODY],
    'read(n)': [
      async (input) => {
        let all = '';
        for (let part = await input.read(5); part.length; part = await input.read(5)) {
          expect(part.length).toBeLessThanOrEqual(5);
          all += text(part);
        }
        expect(await input.read(5)).toHaveLength(0);
        expect(input.state).toBe('eof');
        return all;
      },
      BODY,
    ],
    'read(0)': [async (input) => `${(await input.read(0)).length}${text(await input.read())}`, `0${BODY}`],
    'readline()': [
      async (input) => {
        const lines: string[] = [];
        for (let line = await input.readline(); line.length; line = await input.readline()) lines.push(text(line));
        return lines.join('|');
      },
      'first line\n|second\n|\n|and a rest',
    ],
    'readline(max)': [
      async (input) => `${text(await input.readline(5))}|${text(await input.readline(50))}|${text(await input.read())}`,
      'first| line\n|second\n\nand a rest',
    ],
    'readlines()': [
      async (input) => (await input.readlines()).map(text).join('|'),
      'first line\n|second\n|\n|and a rest',
    ],
    'async iteration': [
      async (input) => {
        let all = '';
        for await (const part of input) all += text(part);
        return all;
      },
      BODY,
    ],
    'onGet()': [
      (input) =>
        new Promise((resolve) => {
          input.onGet(5, (error, data) => resolve(`${error} ${text(data)}`));
        }),
      'null first',
    ],
    'two reads at once': [
      async (input) => (await Promise.all([input.read(3), input.readline(), input.read()])).map(text).join('|'),
      'fir|st line\n|second\n\nand a rest',
    ],
  };
  for (const [framing, frame] of Object.entries(bodies))
    for (const [way, [read, got]] of Object.entries(ways))
      it(`rule 25: ${way} of a body ${framing}`, async () => {
        const client = await bench.start(routes({ '/': reader(read), '/next': hello }));
        client.send(frame(BODY)).request('/next');
        expect((await client.response('the response')).body).toBe(got);
        expect((await client.response('the next one')).body).toBe('hello');
      });

  it('rule 25: byte by byte, the same', async () => {
    const client = await bench.start(reader(async (input) => (await input.readlines()).map(text).join('|')));
    for (const byte of bodies['in chunks']!('ab\ncd')) {
      client.send(byte);
      await aWhile(1);
    }
    expect((await client.response('the response')).body).toBe('ab\n|cd');
  });

  it('rule 25: without a body there is nothing to read', async () => {
    const client = await bench.start(
      reader(async (input, environ) => `${(await input.read()).length} ${input.state} ${environ.inputTerminated}`),
    );
    expect((await client.request('/').response('the response')).body).toBe('0 eof true');
  });

  it('rule 25: a large body comes whole', async () => {
    const sent = Buffer.alloc(900_000, 'abcdefg');
    let got: Uint8Array | undefined;
    const app: App = async (environ, start) => {
      got = await environ.input.read();
      start('200 OK', []);
      return ['thanks'];
    };
    const client = await bench.start(app);
    client.send(`${POST}Content-Length: ${sent.length}\r\n\r\n`).send(sent);
    await client.response('the response');
    expect(Buffer.compare(got!, sent)).toBe(0);
  });

  it('rule 28: waiting for input holds up neither this response nor another request', async () => {
    const server = await bench.serve(
      routes({
        '/': (environ, start) => {
          start('200 OK', []);
          return (async function* () {
            const all = environ.input.read();
            for (let i = 0; i < 3; i++) yield `${i},`;
            yield text(await all);
          })();
        },
        '/other': hello,
      }),
    );
    const client = await bench.connect(server);
    client.send(`${POST}Content-Length: 6\r\n\r\nabc`);
    await client.until(/0,.*1,.*2,/s, 'the output');
    const other = await bench.connect(server);
    expect((await other.request('/other').response('the other one')).body).toBe('hello');
    client.send('def');
    expect((await client.response('the whole')).body).toBe('0,1,2,abcdef');
  });

  it('rule 28: a read that is pending when the response ends fails; nothing hangs, nothing crashes', async () => {
    let error: unknown;
    const client = await bench.start(
      routes({
        '/': (environ, start) => {
          environ.input.read().catch((thrown) => (error = thrown));
          void environ.input.read(); // forgotten
          start('200 OK', []);
          return ['early'];
        },
        '/next': hello,
      }),
    );
    client.send(`${POST}Content-Length: 6\r\n\r\nabc`);
    expect((await client.response('the response')).body).toBe('early');
    await eventually(() => error !== undefined, 'the read');
    expect(error).toMatchObject({ name: 'InputBroken', reason: { kind: 'done' } });
    client.send('def').request('/next');
    expect((await client.response('the next one')).body).toBe('hello');
  });

  it('an unread body does not spoil the next request', async () => {
    const client = await bench.start(hello);
    for (const frame of Object.values(bodies)) {
      client.send(frame('GET /smuggled HTTP/1.1\r\n\r\n')).request('/');
      await client.response('the response to the post');
      expect((await client.response('the next one')).body).toBe('hello');
    }
    expect(bench.errors).toEqual([]);
  });

  it('a body that was read in part does not spoil the next request', async () => {
    const client = await bench.start(
      routes({ '/': reader(async (input) => text(await input.read(3))), '/next': hello }),
    );
    const body = 'abc'.repeat(10_000);
    client.send(`${POST}Content-Length: ${body.length}\r\n\r\n${body.slice(0, 20)}`);
    expect((await client.response('the response')).body).toBe('abc');
    await aWhile(50);
    // Either the server waits for the rest, or it closes: then the client knows where it stands.
    if (client.end === null) {
      client.send(body.slice(20)).request('/next');
      expect((await client.response('the next one')).body).toBe('hello');
    } else expect(client.end).toBe('fin');
  });
});
