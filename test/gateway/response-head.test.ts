import { describe, expect, it } from 'vitest';
import { ContractError } from '../../src/gateway/errors.js';
import { checkHead, HeadCache } from '../../src/gateway/response-head.js';
import type { HeaderList } from '../../src/gateway/types.js';

const caller = () => {};
const check = (status: unknown, headers: unknown = []) => checkHead(status as string, headers as HeaderList, caller);

describe('rule 23: what start() accepts', () => {
  it('status, length and date are told', () => {
    expect(check('404 Not Found')).toMatchObject({ code: 404, contentLength: -1, bodyless: false, dated: false });
    expect(check('200 OK', [['content-LENGTH', '12']]).contentLength).toBe(12);
    expect(check('200 OK', [['dAte', 'today']]).dated).toBe(true);
    expect(check('204 No Content').bodyless).toBe(true);
    expect(check('304 Not Modified', [['Content-Length', '7']])).toMatchObject({ bodyless: true, contentLength: 7 });
    expect(check('299 ').code).toBe(299);
  });

  it.each(['200', '200OK', '20 OK', '2000 OK', '099 X', 'OK', '', '200 a\nb', '200 €', 200, null])(
    'not the status %o',
    (status) => {
      expect(() => check(status)).toThrow(/rule 23: expected a status such as/);
    },
  );

  it.each(['100 Continue', '103 Early Hints', '199 X'])('not the interim status %o', (status) => {
    expect(() => check(status)).toThrow(/rule 23: expected a final status/);
  });

  it.each([
    'connection',
    'Keep-Alive',
    'PROXY-AUTHENTICATE',
    'proxy-authorization',
    'Proxy-Connection',
    'TE',
    'Trailer',
    'Transfer-Encoding',
    'Upgrade',
  ])('not the hop-by-hop header %s', (name) => {
    expect(() => check('200 OK', [[name, 'x']])).toThrow(`rule 23: expected no hop-by-hop header, got "${name}"`);
  });

  it.each(['', 'a b', 'a:', 'ä', 'a\r\n', '(a)', 5, undefined])('not the name %o', (name) => {
    expect(() => check('200 OK', [[name, 'x']])).toThrow(/rule 23: expected a header name that is a token/);
  });

  it.each(['a\rb', 'a\nb', 'a\0', '\x7f', '\x1f', '€', ' a', 'a ', '\ta'])('not the value %o', (value) => {
    expect(() => check('200 OK', [['x', value]])).toThrow(/rule 23: expected the value of "x" in latin1/);
  });

  it.each(['', 'a b', 'a\tb', 'ÿ', '"; DROP'])('the value %o', (value) => {
    expect(check('200 OK', [['x', value]]).headers).toEqual([['x', value]]);
  });

  it.each(['', '-1', '1.5', '1e3', '0x10', ' 1', '99999999999999999999'])('not the Content-Length %o', (value) => {
    expect(() => check('200 OK', [['Content-Length', value]])).toThrow(ContractError);
  });

  it('not two lengths, nor one with 204', () => {
    expect(() =>
      check('200 OK', [
        ['Content-Length', '1'],
        ['content-length', '1'],
      ]),
    ).toThrow(/one Content-Length/);
    expect(() => check('204 No Content', [['Content-Length', '0']])).toThrow(/no Content-Length with 204/);
  });

  it.each([[{}], ['x'], [[['a']]], [[['a', 'b', 'c']]], [['ab']], [[null]]])('not the headers %o', (headers) => {
    expect(() => check('200 OK', headers)).toThrow(/rule 23: expected (headers as an array|each header as a pair)/);
  });

  it('the application may go on using its list', () => {
    const list: [string, string][] = [['x', '1']];
    const head = check('200 OK', list);
    list[0]![1] = '2';
    list.push(['y', '3']);
    expect(head.headers).toEqual([['x', '1']]);
  });
});

describe('the cache of heads', () => {
  it('gives the same head for the same call, and another after any change', () => {
    const cache = new HeadCache();
    const get = (status: string, headers: HeaderList) => cache.get(status, headers, caller);
    const first = get('200 OK', [['a', '1']]);
    expect(get('200 OK', [['a', '1']])).toBe(first);
    expect(first.uses).toBe(1);
    expect(get('201 OK', [['a', '1']])).not.toBe(first);
    expect(get('200 OK', [['a', '2']])).not.toBe(first);
    expect(get('200 OK', [['A', '1']])).not.toBe(first);
    expect(get('200 OK', [])).not.toBe(first);
  });

  it('a list that was changed in place is not taken for the old one', () => {
    const cache = new HeadCache();
    const list: [string, string][] = [['x', '1']];
    const before = cache.get('200 OK', list, caller);
    list[0]![1] = 'a\nb';
    expect(() => cache.get('200 OK', list, caller)).toThrow(ContractError);
    expect(before.headers).toEqual([['x', '1']]);
  });

  it('a pair that is no pair never matches', () => {
    const cache = new HeadCache();
    cache.get('200 OK', [['x', '1']], caller);
    expect(() => cache.get('200 OK', [['x', '1', '2']] as unknown as HeaderList, caller)).toThrow(ContractError);
    expect(() => cache.get('200 OK', [null] as unknown as HeaderList, caller)).toThrow(ContractError);
  });

  it('remembers a few, the oldest goes first', () => {
    const cache = new HeadCache(2);
    const get = (n: number) => cache.get('200 OK', [['n', String(n)]], caller);
    const [one, two] = [get(1), get(2)];
    expect([get(1), get(2)]).toEqual([one, two]);
    get(3);
    expect(get(2)).toBe(two);
    expect(get(1)).not.toBe(one);
  });
});
