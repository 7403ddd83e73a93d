import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

interface Request {
  readonly head: string;
  readonly body: string;
  readonly whole: boolean;
}
interface Reading {
  readonly end: string;
  readonly requests: readonly Request[];
}
interface Reviewed {
  readonly weRefuse: Record<string, string>;
  readonly weAccept: Record<string, string>;
}
type Compare = (
  ours: Reading,
  theirs: Reading,
  bytes: string,
  reviewed: Reviewed,
) => { difference: string; known: boolean } | null;

const fuzz = join(import.meta.dirname, '../fuzz');
const { compare } = (await import(join(fuzz, 'compare.mjs'))) as { compare: Compare };
const { unavailable } = (await import(join(fuzz, 'llhttp.mjs'))) as { unavailable: () => string | null };

function run(...args: string[]): { readonly status: number | null; readonly output: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(fuzz, 'main.mjs'), ...args], {
    encoding: 'utf8',
    timeout: 60_000,
  });
  return { status, output: stdout + stderr };
}

const get = (head = 'GET / 1.1\nHost:x\n\n', body = '', whole = true): Request => ({ head, body, whole });
const reads = (end: string, ...requests: Request[]): Reading => ({ end, requests });
const reviewed: Reviewed = {
  weRefuse: {
    'more than one Host field': 'RFC 9112 §3.2',
    'what stands behind Connection: close beside keep-alive in HTTP/1.0': 'RFC 9112 §9.3',
  },
  weAccept: { 'a method that llhttp does not know': 'any token' },
};

describe('two readings of the same bytes', () => {
  const rows: [name: string, ours: Reading, theirs: Reading, found: string | null, known: boolean][] = [
    ['alike', reads('waits', get()), reads('waits', get()), null, true],
    ['both refuse', reads('refused 400 bare CR'), reads('refused HPE_INVALID'), null, true],
    [
      'we refuse, for a reviewed reason',
      reads('refused 400 more than one Host field'),
      reads('waits', get()),
      'we refuse: more than one Host field',
      true,
    ],
    [
      'we refuse, for a new reason',
      reads('refused 400 no reason'),
      reads('waits', get()),
      'we refuse: no reason',
      false,
    ],
    [
      'we accept what llhttp refuses',
      reads('waits', get()),
      reads('refused HPE_INVALID_URL'),
      'ours says that a request is one, llhttp refused HPE_INVALID_URL',
      false,
    ],
    [
      'we accept a method of our own',
      reads('waits', get('XGET / 1.1\n\n')),
      reads('refused HPE_INVALID_METHOD'),
      'we accept: a method that llhttp does not know',
      true,
    ],
    [
      'the same refusal of a known method',
      reads('waits', get()),
      reads('refused HPE_INVALID_METHOD'),
      'ours says that a request is one, llhttp refused HPE_INVALID_METHOD',
      false,
    ],
    [
      'another head',
      reads('waits', get()),
      reads('waits', get('GET /b 1.1\n\n')),
      'request 1 is read with another head',
      false,
    ],
    [
      'another body',
      reads('waits', get(undefined, 'a')),
      reads('waits', get(undefined, 'b')),
      'request 1 has another body',
      false,
    ],
    [
      'a smuggled request',
      reads('waits', get(), get()),
      reads('waits', get()),
      'ours says that a request is one, llhttp waits',
      false,
    ],
    [
      'a request behind a goodbye that llhttp does not hear',
      reads('closes', get('GET / 1.0\nConnection:close\nConnection:keep-alive\n\n')),
      reads('waits', get('GET / 1.0\nConnection:close\nConnection:keep-alive\n\n'), get()),
      'we refuse: what stands behind Connection: close beside keep-alive in HTTP/1.0',
      true,
    ],
    [
      'a request behind no goodbye',
      reads('closes', get('GET / 1.0\nConnection:keep-alive\n\n')),
      reads('waits', get('GET / 1.0\nConnection:keep-alive\n\n'), get()),
      'llhttp says that a request is one, ours closes',
      false,
    ],
    [
      'a hidden request',
      reads('waits', get()),
      reads('waits', get(), get()),
      'llhttp says that a request is one, ours waits',
      false,
    ],
    [
      'a body that ends for us alone',
      reads('waits', get()),
      reads('waits', get(undefined, '', false)),
      'ours says that a request ends, llhttp waits',
      false,
    ],
  ];
  it.each(rows)('%s', (_name, ours, theirs, found, known) => {
    expect(compare(ours, theirs, '', reviewed)).toEqual(found === null ? null : { difference: found, known });
  });

  it('an upgrade excuses what is behind it, a request without one nothing', () => {
    const upgrade = get('POST / 1.1\nHost:x\nUpgrade:c\nConnection:upgrade\n\n');
    const name = 'what stands behind an upgrade that is not answered';
    const found = (first: Request) =>
      compare(reads('waits', first, get()), reads('waits', first), '', { ...reviewed, weAccept: { [name]: '§7.8' } });
    expect(found(upgrade)).toEqual({ difference: `we accept: ${name}`, known: true });
    expect(found(get())).toEqual({ difference: 'ours says that a request is one, llhttp waits', known: false });
    const before = compare(reads('waits', get('GET /b 1.1\n\n'), upgrade), reads('waits', get(), upgrade), '', {
      ...reviewed,
      weAccept: { [name]: '§7.8' },
    });
    expect(before, 'what stands before it is no excuse').toEqual({
      difference: 'request 1 is read with another head',
      known: false,
    });
  });
});

describe('npm run fuzz', () => {
  it('lists its targets when it is asked for another', () => {
    const { status, output } = run('nothing');
    expect(status).toBe(2);
    for (const name of ['parser_whole', 'response_writer', 'llhttp', 'binding'])
      expect(output).toMatch(new RegExp(`^ +${name} `, 'm'));
  });

  const missing = unavailable();
  it.skipIf(missing !== null)(
    `finds no new difference to llhttp${missing ? ` (skipped: ${missing})` : ''}`,
    { timeout: 90_000 },
    () => {
      const first = run('llhttp', '45', '--seed', '3', '--cases', '10000');
      expect(first.output).toMatch(/\b\d{5} executions, 0 findings/);
      expect(first.status).toBe(0);
      expect(first.output).toContain('we refuse: more than one Host field');
      expect(run('llhttp', '45', '--seed', '3', '--cases', '10000').output, 'a seed repeats its inputs').toBe(
        first.output,
      );
    },
  );

  it('says of what cannot run here why', () => {
    const { status, output } = spawnSync(process.execPath, [join(fuzz, 'main.mjs'), 'parser_whole', '1'], {
      encoding: 'utf8',
      env: { ...process.env, CLANG: 'no-such-compiler' },
    }) as { status: number; output: string[] };
    expect(status).toBe(0);
    expect(output.join('')).toContain('parser_whole: skipped: no no-such-compiler');
  });
});
