// A server on node:http that tells a probe: node probe-node.mjs PORT
import { openSync, writeSync } from 'node:fs';
import { createServer } from 'node:http';

const path = process.env.HALFOPEN_PROBE;
const file = path ? openSync(path, 'a') : null;
function tell(event, fields) {
  if (file !== null) writeSync(file, `${JSON.stringify({ event, t: Number(process.hrtime.bigint()), ...fields })}\n`);
}

const server = createServer((request, response) => {
  const tag = request.headers['x-halfopen-tag'];
  if (tag) {
    tell('request', { tag });
    response.on('close', () => {
      if (response.writableFinished) tell('end', { tag });
      else tell('gone', { tag, reason: 'close' });
      tell('closed', { tag });
    });
  }
  let left = request.url === '/finite' ? 3 : Number.POSITIVE_INFINITY;
  const timer = setInterval(() => {
    if (left-- > 0) response.write('a chunk\n');
    else response.end();
  }, 20);
  response.on('close', () => clearInterval(timer));
});
server.listen(Number(process.argv[2]), '127.0.0.1', () =>
  tell('ready', { pid: process.pid, port: server.address().port }),
);
