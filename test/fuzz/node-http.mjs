/** What node:http's parser, llhttp, makes of the bytes of a connection: sockets of memory in a real http.Server. */
import http from 'node:http';
import { Duplex } from 'node:stream';

/** A socket whose client is read from an array, and whose server nobody hears. */
class Wire extends Duplex {
  requests = [];
  error = null;

  _read() {}
  _write(_bytes, _encoding, done) {
    done();
  }
  setTimeout() {
    return this;
  }
  setNoDelay() {}
  setKeepAlive() {}
}

/** A request as text: see native/test/fuzz/verdicts.cc. */
function headText(request) {
  let text = `${request.method} ${request.url} ${request.httpVersion}\n`;
  const { rawHeaders } = request;
  for (let i = 0; i < rawHeaders.length; i += 2) text += `${rawHeaders[i]}:${rawHeaders[i + 1]}\n`;
  return `${text}\n`;
}

function take(request) {
  const wire = request.socket;
  if (wire.error !== null) return; // behind what is refused
  if (request.httpVersion === '1.1' && request.headers.host === undefined) {
    wire.error = 'no Host';
    return;
  }
  const found = { head: headText(request), body: '', whole: false };
  wire.requests.push(found);
  request.setEncoding('latin1');
  request.on('data', (text) => {
    found.body += text;
  });
  request.on('end', () => {
    found.whole = request.complete;
  });
  request.on('error', () => {});
}

// By itself the server answers 400 where Host is missing, but behind the answers to the requests before, which never come.
const server = http.createServer({ requireHostHeader: false, requestTimeout: 0, headersTimeout: 0 });
server.on('request', take);
// Unknown expectations: the server would answer 417 itself.
server.on('checkExpectation', (request) => {
  request.socket.error ??= '417';
});
server.on('clientError', (error, wire) => {
  wire.error ??= error.code ?? error.message;
});

/** @returns how it ended, and its requests, in the words of own-parser.mjs */
function reading(wire) {
  const { error, requests } = wire;
  if (error === null) return { end: 'waits', requests };
  return { end: error === 'HPE_CLOSED_CONNECTION' ? 'closes' : `refused ${error}`, requests };
}

/** @param {readonly { bytes: Buffer, cut: number }[]} inputs */
export async function readAll(inputs) {
  const wires = inputs.map(({ bytes, cut }) => {
    const wire = new Wire();
    wire.on('error', () => {});
    server.emit('connection', wire);
    const inTwo = cut > 0 && cut < bytes.length;
    for (const part of inTwo ? [bytes.subarray(0, cut), bytes.subarray(cut)] : [bytes])
      if (part.length > 0 && wire.error === null) wire.emit('data', part);
    return wire;
  });
  // Bodies come through streams, which take turns.
  for (let i = 0; i < 3; i++) await new Promise((resolve) => setImmediate(resolve));
  const readings = wires.map(reading);
  for (const wire of wires) wire.destroy();
  return readings;
}
