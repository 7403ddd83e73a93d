import { deepStrictEqual, strictEqual } from 'node:assert';
import { test } from 'vitest';
import { quickBuffers } from '../../src/cli/quick-buffers.js';

test('a Buffer stays what it was: no thenable, nothing to be enumerated', async () => {
  const keys = (value: Buffer) => {
    const found: string[] = [];
    for (const key in value) found.push(key);
    return found;
  };
  const before = keys(Buffer.from('ab'));
  quickBuffers();
  quickBuffers(); // once more does no harm
  const chunk = Buffer.from('ab');
  strictEqual((chunk as { then?: unknown }).then, undefined);
  strictEqual(await chunk, chunk);
  deepStrictEqual(keys(chunk), before);
  deepStrictEqual(Buffer.from('ab'), chunk);
  async function* body() {
    yield chunk;
  }
  for await (const each of body()) strictEqual(each, chunk);
});
