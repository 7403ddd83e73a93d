import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { FLAGS, flagHelp, optionsFrom } from '../../src/cli/serve-flags.js';
import { LIMIT_NAMES, LIMITS } from '../../src/gateway/limits.js';
import { RawClient } from '../support/raw-client.js';
import { eventually, within } from '../support/waiting.js';

const MAIN = join(import.meta.dirname, '../../dist/cli/main.js');

/** The command as a user runs it: `npm run build:ts` comes first. */
class Run {
  out = '';
  err = '';
  readonly exit: Promise<number | NodeJS.Signals | null>;
  readonly child: ChildProcess;

  constructor(cwd: string, args: readonly string[]) {
    this.child = spawn(process.execPath, [MAIN, ...args], { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    this.child.stdout?.on('data', (text) => {
      this.out += text;
    });
    this.child.stderr?.on('data', (text) => {
      this.err += text;
    });
    this.exit = new Promise((resolve) => this.child.on('close', (code, signal) => resolve(code ?? signal)));
  }

  async port(): Promise<number> {
    await eventually(() => this.out.includes('\n'), `the line that says where it listens; stderr: ${this.err}`);
    return Number(/:(\d+) /.exec(this.out)?.[1]);
  }
}

const APPS: Record<string, string> = {
  'hello.mjs': "export default (environ, start) => { start('200 OK', []); return ['hello']; };",
  'slow.mjs': `export default (environ, start) => {
    start('200 OK', []);
    return (async function* () { yield 'x'; await new Promise((r) => setTimeout(r, 300)); yield 'y'; })();
  };`,
  'endless.mjs': `setInterval(() => {}, 1000);
    export default (environ, start) => {
      start('200 OK', []);
      return (async function* () { yield 'x'; await new Promise(() => {}); })();
    };`,
  'common.cjs': "module.exports = (environ, start) => { start('200 OK', []); return ['common']; };",
  'fetch.mjs': 'export default { fetch: (request) => new Response(new URL(request.url).pathname) };',
  'bad-header.mjs':
    "export default (environ, start) => {\n  start('200 OK', [['Status', '200']]);\n  return ['sent all the same'];\n};",
  'no-default.mjs': 'export const app = 1;',
  'number.mjs': 'export default 5;',
  'syntax.mjs': 'const a = 1;\nconst b = = 2;\n',
  'throws.mjs': "\n\nthrow new Error('not today');\n",
  'missing-package.mjs': "import 'surely-not-installed';\nexport default () => [];",
  'app.ts':
    "export default (environ: unknown, start: (s: string, h: []) => void) => { start('200 OK', []); return ['ts']; };",
};

let cwd: string;
beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), 'halfopen-cli-'));
  for (const [name, text] of Object.entries(APPS)) writeFileSync(join(cwd, name), text);
});
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

const runs: Run[] = [];
afterEach(() => {
  for (const { child } of runs) child.kill('SIGKILL');
  runs.length = 0;
});
function halfopen(...args: string[]): Run {
  const run = new Run(cwd, args);
  runs.push(run);
  return run;
}

describe('halfopen', () => {
  it('--version names the version', async () => {
    const run = halfopen('--version');
    expect(await within(run.exit, 'the exit')).toBe(0);
    expect(run.out).toMatch(/^halfopen \d+\.\d+\.\d+\n$/);
  });

  it.each([['--help'], []])('%s lists the commands', async (...args) => {
    const run = halfopen(...args);
    expect(await within(run.exit, 'the exit')).toBe(0);
    expect(run.out).toMatch(/Usage: halfopen COMMAND/);
    expect(run.out).toMatch(/^ {2}serve +serve an application$/m);
  });

  it('serve --help lists the flags', async () => {
    const run = halfopen('serve', '--help');
    expect(await within(run.exit, 'the exit')).toBe(0);
    for (const flag of ['--port', '--host', '--engine', '--high-water-bytes', '--stall-timeout-ms', '--grace-ms'])
      expect(run.out).toContain(flag);
  });

  const wrong: [args: string[], line: RegExp][] = [
    [['sreve'], /^halfopen: unknown command "sreve"; see halfopen --help$/],
    [['serve'], /^halfopen: serve takes one APP, got 0/],
    [['serve', 'a', 'b'], /^halfopen: serve takes one APP, got 2/],
    [['serve', 'hello.mjs', '--prot', '1'], /^halfopen: Unknown option '--prot'/],
    [['serve', 'hello.mjs', '--port', 'http'], /^halfopen: --port must be a whole number, got "http"$/],
    [['serve', 'hello.mjs', '--port', '70000'], /^halfopen: --port must be a whole number from 0 to 65535, got 70000$/],
    [['serve', 'hello.mjs', '--engine', 'x'], /^halfopen: --engine must be one of 'auto', 'native', 'node', got 'x'$/],
    [
      ['serve', 'hello.mjs', '--low-water-bytes', '70000'],
      /^halfopen: --low-water-bytes must be below --high-water-bytes \(65536\), got 70000$/,
    ],
    [['serve', 'nowhere.mjs'], /^halfopen: no such module: nowhere\.mjs$/],
    [['serve', 'no-default.mjs'], /^halfopen: no-default\.mjs has no default export; it must be an application/],
    [['serve', 'number.mjs', '--engine', 'node'], /^halfopen: app must be a function .*, got a number \(5\)$/],
    [['serve', 'syntax.mjs'], /^halfopen: syntax\.mjs failed to load: SyntaxError: .* \(at .*syntax\.mjs:2\)$/],
    [['serve', 'throws.mjs'], /^halfopen: throws\.mjs failed to load: Error: not today \(at .*throws\.mjs:3:7\)$/],
    [['serve', 'missing-package.mjs'], /^halfopen: missing-package\.mjs failed to load: .*'surely-not-installed'/],
    [
      ['serve', 'hello.mjs', '--host', '192.0.2.1', '--engine', 'node'],
      /^halfopen: cannot listen on 192\.0\.2\.1, port 8080: EADDRNOTAVAIL$/,
    ],
  ];
  it.each(wrong)('%j: one clear line, exit code 2', async (args, line) => {
    const run = halfopen(...args);
    expect(await within(run.exit, 'the exit')).toBe(2);
    const lines = run.err.trimEnd().split('\n');
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(line);
    expect(run.out).toBe('');
  });

  it('serve: TypeScript runs where Node.js runs it, and is explained where it does not', async () => {
    const run = halfopen('serve', 'app.ts', '--port', '0', '--engine', 'node');
    if ((process.features as { typescript?: unknown }).typescript) {
      const client = await RawClient.connect(await run.port());
      expect((await client.request('/').response('the response')).body).toBe('ts');
      client.close();
      return;
    }
    expect(await within(run.exit, 'the exit')).toBe(2);
    expect(run.err).toMatch(/^halfopen: app\.ts: Node\.js \S+ can't run TypeScript; .*\n$/);
  });

  it('serve: a taken port', async () => {
    const taken = net.createServer().listen(0, '127.0.0.1');
    await within(new Promise((resolve) => taken.once('listening', resolve)), 'the other server');
    const { port } = taken.address() as net.AddressInfo;
    for (const engine of ['node', 'auto']) {
      const run = halfopen('serve', 'hello.mjs', '--port', String(port), '--engine', engine);
      expect(await within(run.exit, 'the exit')).toBe(2);
      expect(run.err).toMatch(new RegExp(`^halfopen: port ${port} of 127\\.0\\.0\\.1 is taken$`, 'm'));
      expect(run.err).not.toMatch(/^ +at /m);
    }
    taken.close();
  });

  for (const [app, body] of [
    ['hello.mjs', 'hello'],
    ['common.cjs', 'common'],
  ] as const)
    it(`serve ${app}: says where it listens, serves, and exits 0 on SIGTERM`, async () => {
      const run = halfopen('serve', app, '--port', '0', '--engine', 'node');
      const client = await RawClient.connect(await run.port());
      expect(run.out).toMatch(/^listening on http:\/\/127\.0\.0\.1:\d+ \(node engine\)\n$/);
      expect((await client.request('/').response('the response')).body).toBe(body);
      run.child.kill('SIGTERM');
      expect(await within(run.exit, 'the exit')).toBe(0);
      expect(run.err).toBe('');
      client.close();
    });

  it('serve: SIGINT drains a response in progress', async () => {
    const run = halfopen('serve', 'slow.mjs', '--port', '0', '--engine', 'auto');
    const client = await RawClient.connect(await run.port());
    client.request('/', { fields: 'Connection: close\r\n' });
    await client.until('x', 'the first chunk');
    run.child.kill('SIGINT');
    expect(await client.response('the whole response')).toMatchObject({ body: 'xy', complete: true });
    client.close();
    expect(await within(run.exit, 'the exit')).toBe(0);
  });

  it.each(['node', 'auto'])('serve: a second signal cuts short, %s engine', async (engine) => {
    const run = halfopen('serve', 'endless.mjs', '--port', '0', '--engine', engine);
    const client = await RawClient.connect(await run.port());
    client.request('/');
    await client.until('x', 'the first chunk');
    run.child.kill('SIGTERM');
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(run.child.exitCode).toBeNull();
    run.child.kill('SIGINT');
    expect(await within(run.exit, 'the exit')).toBe(0);
    expect(await client.untilEnd('the cut')).toBe('reset');
  });

  it('serve: --grace-ms ends a drain', async () => {
    const run = halfopen('serve', 'endless.mjs', '--port', '0', '--engine', 'node', '--grace-ms', '50');
    const client = await RawClient.connect(await run.port());
    client.request('/');
    await client.until('x', 'the first chunk');
    run.child.kill('SIGTERM');
    expect(await within(run.exit, 'the exit')).toBe(0);
  });
});

describe('limits and metrics of halfopen serve', () => {
  it('every limit of serve() is a flag, with its default in the help', () => {
    const values = Object.fromEntries(Object.keys(FLAGS).map((flag, i) => [flag, String(i + 1)]));
    const { options } = optionsFrom({ ...values, workers: undefined });
    for (const name of LIMIT_NAMES) {
      const at = Object.values(values).indexOf(String(options[name]));
      expect(at, name).toBeGreaterThanOrEqual(0);
      if (name !== 'maxConnections')
        expect(flagHelp()).toMatch(new RegExp(`--${Object.keys(values)[at]} N .*\\(${LIMITS[name][0]}\\)$`, 'm'));
    }
  });

  it('a limit by flag', async () => {
    const run = halfopen('serve', 'hello.mjs', '--port', '0', '--max-request-line-bytes', '20');
    const client = await RawClient.connect(await run.port());
    expect((await client.request('/too-long').response('the refusal')).status).toBe(414);
    client.close();
  });

  const metrics = async (run: Run) => {
    await eventually(
      () => run.out.includes('/metrics\n'),
      `the line that says where the metrics are; ${run.out}${run.err}`,
    );
    const client = await RawClient.connect(Number(/:(\d+)\/metrics/.exec(run.out)?.[1]));
    const { body } = await client.request('/metrics', { fields: 'Connection: close\r\n' }).response('the metrics');
    client.close();
    return body;
  };

  it.each(['node', 'auto'])('--metrics-port: the figures of the process, %s engine', async (engine) => {
    const run = halfopen('serve', 'hello.mjs', '--port', '0', '--engine', engine, '--metrics-port', '0');
    const client = await RawClient.connect(await run.port());
    await client.request('/').response('a response');
    expect(await metrics(run)).toMatch(/^halfopen_requests_total 1$/m);
    client.close();
    run.child.kill('SIGTERM');
    expect(await within(run.exit, 'the exit')).toBe(0);
  });

  it.each(['node', 'auto'])(
    '--workers --metrics-port: one page with the figures of each, %s engine',
    async (engine) => {
      const args = ['--port', '0', '--engine', engine, '--metrics-port', '0', '--workers', '2'];
      const run = halfopen('serve', 'hello.mjs', ...args);
      const port = await run.port();
      for (let i = 0; i < 5; i++) {
        const client = await RawClient.connect(port);
        await client.request('/').response('a response');
        client.close();
      }
      const page = await metrics(run);
      const counts = [...page.matchAll(/^halfopen_requests_total\{worker="(\d+)"\} (\d+)$/gm)];
      expect(counts.map(([, worker]) => worker)).toEqual(['1', '2']);
      expect(counts.reduce((sum, [, , count]) => sum + Number(count), 0)).toBe(5);
      run.child.kill('SIGTERM');
      expect(await within(run.exit, 'the exit')).toBe(0);
    },
  );

  it('a metrics port that is taken', async () => {
    const taken = net.createServer().listen(0, '127.0.0.1');
    await within(new Promise((resolve) => taken.once('listening', resolve)), 'the other server');
    const { port } = taken.address() as net.AddressInfo;
    const run = halfopen('serve', 'hello.mjs', '--port', '0', '--metrics-port', String(port));
    expect(await within(run.exit, 'the exit')).toBe(2);
    expect(run.err).toMatch(new RegExp(`^halfopen: port ${port} of 127\\.0\\.0\\.1 is taken$`, 'm'));
    taken.close();
  });
});

describe('applications of halfopen serve', () => {
  async function ask(run: Run, path: string) {
    const client = await RawClient.connect(await run.port());
    client.request(path);
    const response = await client.response(path);
    client.close();
    return response;
  }

  it('rule 36: an object with a fetch method', async () => {
    expect((await ask(halfopen('serve', 'fetch.mjs', '--port', '0'), '/a/b')).body).toBe('/a/b');
    expect((await ask(halfopen('serve', 'fetch.mjs', '--port', '0', '--validate'), '/c')).body).toBe('/c');
  });

  it('rule 34: --validate reports what would otherwise pass, with rule and line', async () => {
    expect((await ask(halfopen('serve', 'bad-header.mjs', '--port', '0'), '/')).body).toBe('sent all the same');
    const run = halfopen('serve', 'bad-header.mjs', '--port', '0', '--validate');
    expect((await ask(run, '/')).status).toBe(500);
    await eventually(() => /bad-header\.mjs:2.*rule 23/s.test(run.err), 'the complaint');
  });
});
