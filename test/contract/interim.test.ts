import { expect, it } from 'vitest';
import type { ContractError } from '../../src/gateway/errors.js';
import type { App, Environ, HeaderList, StartResponse } from '../../src/gateway/types.js';
import { onEngines } from './engines.js';

const LINK: HeaderList = [['link', '</style.css>; rel=preload; as=style']];

/** Sends early hints, then `hello`; notes what `interim()` answered before and after the first chunk. */
function hinting(answers: boolean[]): App {
  return async function* (environ: Environ, start: StartResponse) {
    answers.push(environ.interim('103 Early Hints', LINK));
    start('200 OK', []);
    yield 'hello';
    answers.push(environ.interim('103 Early Hints', LINK));
  };
}

onEngines('interim responses', (bench) => {
  it('rule 24: early hints arrive before the final response, which is whole', async () => {
    const answers: boolean[] = [];
    const client = await bench.start(hinting(answers));
    client.request('/');
    await client.until('hello', 'the body');
    expect(client.received).toMatch(
      /^HTTP\/1\.1 103 Early Hints\r\nlink: <\/style\.css>[^\r]*\r\n\r\nHTTP\/1\.1 200 OK\r\n/i,
    );
    expect(answers).toEqual([true, false]);
    client.request('/');
    await client.until(/hello.*hello/s, 'the next response of the connection');
  });

  it('rule 24: an HTTP/1.0 client gets none', async () => {
    const answers: boolean[] = [];
    const client = await bench.start(hinting(answers));
    const { status } = await client.request('/', { version: '1.0' }).response('the response');
    expect(status).toBe(200);
    expect(answers[0]).toBe(false);
  });

  it.each([
    ['a final status', '200 OK', []],
    ['100, which is the gateway’s own', '100 Continue', []],
    ['101, which is not supported', '101 Switching Protocols', []],
    ['a length', '103 Early Hints', [['content-length', '5']]],
    ['a hop-by-hop header', '103 Early Hints', [['connection', 'close']]],
    ['a value with a line break', '103 Early Hints', [['link', 'a\r\nb: c']]],
  ] as [string, string, HeaderList][])('rule 24: %s is refused at the caller’s line', async (_, status, headers) => {
    let thrown: unknown;
    const client = await bench.start((environ, start) => {
      try {
        environ.interim(status, headers);
      } catch (error) {
        thrown = error;
      }
      start('200 OK', []);
      return ['hello'];
    });
    expect((await client.request('/').response('the response')).body).toBe('hello');
    expect((thrown as ContractError).name).toBe('ContractError');
    expect((thrown as ContractError).at).toContain('interim.test.ts');
  });
});
