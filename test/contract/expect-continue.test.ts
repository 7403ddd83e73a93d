import { expect, it } from 'vitest';
import { aWhile, Deferred } from '../support/waiting.js';
import { hello, POST, reader, text } from './apps.js';
import { onEngines } from './engines.js';

onEngines('Expect: 100-continue', (bench) => {
  const EXPECTING = `${POST}Expect: 100-continue\r\nContent-Length: 5\r\n\r\n`;

  it('rule 24: answered at the first read', async () => {
    const go = new Deferred();
    const client = await bench.start(
      reader(async (input) => {
        await go.promise;
        return text(await input.read());
      }),
    );
    client.send(EXPECTING);
    await aWhile(60);
    expect(client.total).toBe(0);
    go.resolve();
    expect((await client.response('the invitation')).status).toBe(100);
    client.send('abcde');
    expect((await client.response('the response')).body).toBe('abcde');
  });

  it('rule 24: never answered when the body is not read', async () => {
    const client = await bench.start(hello);
    client.send(EXPECTING);
    expect(await client.response('the response')).toMatchObject({ status: 200, body: 'hello' });
  });

  it('rule 24: never after headers', async () => {
    const client = await bench.start((environ, start) => {
      start('200 OK', []);
      return (async function* () {
        yield 'early,';
        await aWhile(20);
        yield text(await environ.input.read());
      })();
    });
    client.send(EXPECTING);
    await client.until('early', 'the first chunk');
    await aWhile(60);
    client.send('abcde');
    expect(await client.response('the response')).toMatchObject({ status: 200, body: 'early,abcde' });
  });

  it('rule 24: not needed when the body is there already', async () => {
    const client = await bench.start(reader(async (input) => text(await input.read())));
    client.send(`${EXPECTING}abcde`);
    let response = await client.response('a response');
    if (response.status === 100) response = await client.response('the response');
    expect(response.body).toBe('abcde');
  });

  it('another expectation is refused', async () => {
    const client = await bench.start(hello);
    client.request('/', { fields: 'Expect: a-miracle\r\n' });
    expect((await client.response('the refusal')).status).toBe(417);
  });
});
