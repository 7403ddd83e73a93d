import { describe, expect, it } from 'vitest';
import { InputBroken, InputTimeout } from '../../src/gateway/errors.js';
import { RequestInput } from '../../src/gateway/input.js';

const bytes = (text: string) => new Uint8Array(Buffer.from(text, 'latin1'));
const text = (data: Uint8Array) => Buffer.from(data).toString('latin1');

/** An input that notes how often it asked for more. */
function made(): { input: RequestInput; asked: () => number } {
  let asked = 0;
  const input = new RequestInput(() => {
    asked++;
  });
  return { input, asked: () => asked };
}

describe('rule 25: reading', () => {
  it('asks for bytes only when a read lacks them', async () => {
    const { input, asked } = made();
    input.push(bytes('abcdef'));
    expect(asked()).toBe(0);
    expect(text(await input.read(4))).toBe('abcd');
    expect(asked()).toBe(0);
    expect(text(await input.read(4))).toBe('ef');
    expect(asked()).toBe(0);
    const next = input.read(4);
    expect(asked()).toBe(1);
    input.push(bytes('gh'));
    expect(text(await next)).toBe('gh');
  });

  it('read(n) takes across chunks, without more bytes than asked for', async () => {
    const { input } = made();
    for (const part of ['ab', 'c', 'defg', '']) input.push(bytes(part));
    expect(text(await input.read(1))).toBe('a');
    expect(text(await input.read(4))).toBe('bcde');
    expect(text(await input.read(100))).toBe('fg');
  });

  it('read() waits for the end', async () => {
    const { input } = made();
    const all = input.read();
    input.push(bytes('ab'));
    input.push(bytes('cd'));
    input.end();
    expect(text(await all)).toBe('abcd');
    expect(input.state).toBe('eof');
    expect(await input.read()).toHaveLength(0);
    expect(await input.read(1)).toHaveLength(0);
    expect(await input.readline()).toHaveLength(0);
  });

  it('lines may span chunks; the last one needs no line feed', async () => {
    const { input } = made();
    const lines = input.readlines();
    for (const part of ['on', 'e\ntw', 'o\n', '\nthr', 'ee']) input.push(bytes(part));
    input.end();
    expect((await lines).map(text)).toEqual(['one\n', 'two\n', '\n', 'three']);
  });

  it.each([
    [3, 'abc'],
    [6, 'abcdef'],
    [7, 'abcdef\n'],
    [8, 'abcdef\n'],
    [0, ''],
  ])('readline(%i) of "abcdef\\ng"', async (max, line) => {
    const { input } = made();
    input.push(bytes('abcdef\ng'));
    input.end();
    expect(text(await input.readline(max))).toBe(line);
  });

  it('reads are served in the order they were made', async () => {
    const { input } = made();
    const order: string[] = [];
    const reads = [input.read(2), input.readline(), input.read()];
    reads.forEach((read, i) => void read.then((data) => order.push(`${i}:${text(data)}`)));
    input.push(bytes('abc\nd'));
    input.end();
    await Promise.all(reads);
    expect(order).toEqual(['0:ab', '1:c\n', '2:d']);
  });

  it.each([-1, 1.5, Number.NaN, '5'])('read(%o) is misuse', (n) => {
    const { input } = made();
    expect(() => input.read(n as number)).toThrow(/rule 25: expected a count of bytes for read\(\)/);
    expect(() => input.readline(n as number)).toThrow(/for readline\(\)/);
  });

  it('onGet() without a callback is misuse', () => {
    expect(() => made().input.onGet(5, undefined as unknown as () => void)).toThrow(/expected a callback/);
  });
});

describe('rules 26 and 27: bodies that end early', () => {
  const reset = { kind: 'client-reset', errno: 'ECONNRESET' } as const;
  const broken = expect.objectContaining({ name: 'InputBroken', reason: reset });

  it('what came stays readable, then the error, again and again', async () => {
    const { input } = made();
    input.push(bytes('abc'));
    input.fail(reset);
    expect(input.state).toBe('broken');
    expect(text(await input.read(2))).toBe('ab');
    expect(text(await input.read(2))).toBe('c');
    await expect(input.read(2)).rejects.toEqual(broken);
    await expect(input.read()).rejects.toEqual(broken);
    await expect(input.readline()).rejects.toEqual(broken);
  });

  it('who wants it all gets the error, and may still take what is there', async () => {
    const { input } = made();
    const all = input.read();
    input.push(bytes('abc'));
    input.fail(reset);
    await expect(all).rejects.toEqual(broken);
    await expect(input.readline()).rejects.toEqual(broken);
    expect(text(await input.read(9))).toBe('abc');
  });

  it('a whole line stays readable', async () => {
    const { input } = made();
    input.push(bytes('one\ntwo'));
    input.fail(reset);
    expect(text(await input.readline())).toBe('one\n');
    await expect(input.readline()).rejects.toEqual(broken);
  });

  it('a stall is of another type', async () => {
    const { input } = made();
    input.fail({ kind: 'input-timeout' });
    expect(input.state).toBe('timed-out');
    await expect(input.read(1)).rejects.toBeInstanceOf(InputTimeout);
    input.fail(reset);
    input.end();
    input.push(bytes('x'));
    expect(input.state).toBe('timed-out');
  });

  it('after the end nothing breaks any more', async () => {
    const { input } = made();
    input.push(bytes('abc'));
    input.end();
    input.fail(reset);
    expect(text(await input.read())).toBe('abc');
    expect(input.state).toBe('eof');
  });

  it('every read has the same error, which tells of the client and not of the engine', async () => {
    const { input } = made();
    input.fail(reset);
    const error = await input.read().catch((reason) => reason);
    expect(error).toBeInstanceOf(InputBroken);
    expect(error.stack).toBe('InputBroken: the request body broke off: client-reset (ECONNRESET)');
    await expect(input.read()).rejects.toBe(error);
    expect(new Error('others have their trace').stack).toContain('input.test');
  });

  it('an iteration ends with the error', async () => {
    const { input } = made();
    input.push(bytes('abc'));
    input.fail(reset);
    const got: string[] = [];
    const loop = async () => {
      for await (const part of input) got.push(text(part));
    };
    await expect(loop()).rejects.toEqual(broken);
    expect(got).toEqual(['abc']);
  });

  it('onGet() passes the error on', async () => {
    const { input } = made();
    input.fail(reset);
    const [error, data] = await new Promise<[Error | null, Uint8Array]>((resolve) => {
      input.onGet(5, (...given) => resolve(given));
    });
    expect(error).toEqual(broken);
    expect(data).toHaveLength(0);
  });
});
