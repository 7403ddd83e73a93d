// Takes an upload, and tells one that broke off from one that ended: half a file is never taken for a whole one.
//
//   DIRECTORY=/tmp halfopen serve docs/examples/upload.mjs
//   curl -T some.file http://127.0.0.1:8080/some.file

import { open, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { InputBroken, InputTimeout } from 'halfopen';

const directory = process.env.DIRECTORY ?? '.';

export default async function upload(environ, start) {
  const name = basename(environ.path);
  if (environ.method !== 'PUT' || !/^\w[\w.-]*$/.test(name)) return answer(start, '400 Bad Request', 'PUT /name\n');
  const part = join(directory, `${name}.part`);
  const file = await open(part, 'w');
  let bytes = 0;
  try {
    for await (const chunk of environ.input) {
      await file.write(chunk);
      bytes += chunk.length;
    }
    // Here the body is whole: an end of file is never simulated for one that broke off.
    await file.close();
    await rename(part, join(directory, name));
    return answer(start, '201 Created', `${bytes} bytes\n`);
  } catch (error) {
    await file.close();
    await rm(part);
    if (error instanceof InputTimeout) return answer(start, '408 Request Timeout', `stalled after ${bytes} bytes\n`);
    if (error instanceof InputBroken) environ.errors.write(`${name} broke off after ${bytes} bytes`);
    throw error; // the client is gone: the gateway ends the matter
  }
}

function answer(start, status, text) {
  start(status, [['Content-Type', 'text/plain']]);
  return [text];
}
