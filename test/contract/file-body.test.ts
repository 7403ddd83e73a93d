import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { fileBody } from '../../src/gateway/file-body.js';
import type { App } from '../../src/gateway/types.js';
import { eventually } from '../support/waiting.js';
import { onEngines } from './engines.js';

let folder: string;
let path: string;
const content = Buffer.alloc(300_000);
for (let i = 0; i < content.length; i++) content[i] = 97 + (i % 23);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'halfopen-file-'));
  path = join(folder, 'content');
  writeFileSync(path, content);
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Serves the file after its first `skip` bytes, which are read beforehand. */
function fileApp(skip: number, handles: FileHandle[], bytes?: number): App {
  return async (_, start) => {
    const file = await open(path);
    handles.push(file);
    if (skip) await file.read(Buffer.alloc(skip), 0, skip, null);
    start('200 OK', []);
    return fileBody(file, bytes === undefined ? {} : { bytes });
  };
}

const isClosed = (handle: FileHandle) => handle.fd === -1;

onEngines('file bodies', (bench) => {
  it('rule 29: a file is sent from its current offset, and closed with the body', async () => {
    const handles: FileHandle[] = [];
    const client = await bench.start(fileApp(1000, handles));
    const { body } = await client.request('/').response('the file');
    expect(body.length).toBe(content.length - 1000);
    expect(body).toBe(content.subarray(1000).toString('latin1'));
    await eventually(() => handles.every(isClosed), 'the file to be closed');
  });

  it('rule 29: no more than the bytes asked for', async () => {
    const client = await bench.start(fileApp(5, [], 70_000));
    const { body } = await client.request('/').response('the part');
    expect(body).toBe(content.subarray(5, 70_005).toString('latin1'));
  });

  it('rule 29: the file is closed when the client leaves in the middle, and when nothing is read of it', async () => {
    const handles: FileHandle[] = [];
    const server = await bench.serve(fileApp(0, handles));
    const leaving = await bench.connect(server);
    leaving.stall().request('/');
    await eventually(() => handles.length === 1, 'the file to be opened');
    leaving.reset();
    await (await bench.connect(server)).request('/', { method: 'HEAD' }).response('the head', 'HEAD');
    await eventually(() => handles.length === 2 && handles.every(isClosed), 'the files to be closed');
  });

  it('rule 29: a file that fails ends the response by a visible truncation', async () => {
    let closed = 0;
    let reads = 0;
    const client = await bench.start((_, start) => {
      start('200 OK', []);
      return fileBody({
        read: async (block: Uint8Array) => {
          if (reads++) throw new Error('the disk is gone');
          return { bytesRead: block.fill(120, 0, 10) && 10 };
        },
        close: () => void closed++,
      });
    });
    client.request('/');
    await client.untilEnd('the end');
    expect(client.received).toContain('xxxxxxxxxx');
    expect(client.received).not.toContain('\r\n0\r\n\r\n');
    expect(closed).toBe(1);
  });
});

it('rule 29: what is no file is refused at once', () => {
  expect(() => fileBody(5 as never)).toThrow(/rule 29: expected an open file/);
  expect(() => fileBody({ read: async () => ({ bytesRead: 0 }) }, { bytes: -1 })).toThrow(/rule 29/);
});
