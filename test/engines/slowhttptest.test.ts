/** An outside judge: Debian's slowhttptest in its four modes. Its connections must all be ended, and its own probe served. */
import { spawn, spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nativeEngine } from '../../src/engines/native.js';
import { within } from '../support/waiting.js';
import { Limited } from './limited.js';

const installed = spawnSync('slowhttptest', ['-h']).error === undefined;
const why = nativeEngine() === null ? 'no addon' : installed ? null : 'slowhttptest is not installed';

const CONNECTIONS = 300;

/** @returns what the judge said, without its colours */
function judge(args: readonly string[]): Promise<string> {
  const load = ['-c', String(CONNECTIONS), '-r', String(CONNECTIONS), '-i', '1', '-p', '3'];
  const child = spawn('slowhttptest', [...args, ...load]);
  let said = '';
  child.stdout.on('data', (text) => {
    said += text;
  });
  // biome-ignore lint/suspicious/noControlCharactersInRegex: it writes in colours
  const plain = () => said.replace(/\u001b\[[0-9;]*[A-Za-z]/g, '');
  return within(new Promise((resolve) => child.on('close', () => resolve(plain()))), `the verdict on ${args}`, 40_000);
}

describe.skipIf(why !== null)(`slowhttptest${why ? ` (skipped: ${why})` : ''}`, () => {
  let server: Limited;
  let url = '';
  beforeAll(async () => {
    server = new Limited({
      firstByteTimeoutMs: 2000,
      headTimeoutMs: 2000,
      bodyTimeoutMs: 2000,
      minBodyAfterMs: 1000,
      stallTimeoutMs: 2000,
      minWriteBytesPerS: 1000, // the slow reader does make progress, of 16 bytes a second
      keepAliveTimeoutMs: 2000,
      lingerIdleMs: 500,
    });
    url = `http://127.0.0.1:${await server.port()}`;
  });
  afterAll(() => server.stop());

  const served = (said: string) => {
    expect(said).toMatch(/service available:\s+YES/);
    expect(said).not.toMatch(/service available:\s+NO/);
  };

  it.each([
    ['slow heads', ['-H', '-t', 'GET'], '/'],
    ['slow bodies', ['-B', '-t', 'POST', '-s', '8192'], '/read'],
    ['many ranges', ['-R', '-t', 'HEAD'], '/'],
  ])('%s: all connections are ended', { timeout: 60_000 }, async (_what, mode, path) => {
    const said = await judge([...mode, '-l', '25', '-u', url + path]); // beyond all deadlines of the server
    expect(said).toMatch(/Exit status:\s+No open connections left/);
    served(said);
  });

  it('slow readers: all are reset', { timeout: 60_000 }, async () => {
    const mode = ['-X', '-t', 'GET', '-w', '512', '-y', '1024', '-n', '2', '-z', '32'];
    served(await judge([...mode, '-l', '10', '-u', `${url}/flood`]));
    // It does not look for a RST in this mode: the server's own books say how they ended.
    const { closed, inFlight } = await server.stats();
    expect([closed.stalled, inFlight]).toEqual([CONNECTIONS, 0]);
  });
});
