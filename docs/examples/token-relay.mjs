// Relays a token stream from UPSTREAM_URL, and stops the upstream when the client leaves: tokens that nobody reads cost as much
// as those that somebody does.
//
//   UPSTREAM_URL=http://127.0.0.1:9000/v1/stream halfopen serve docs/examples/token-relay.mjs

const { UPSTREAM_URL } = process.env;

export default async function relay(environ, start) {
  // The signal reaches the upstream wherever it is: before its answer, in the middle of it, waiting for a next token.
  const upstream = await fetch(UPSTREAM_URL, {
    method: environ.method,
    headers: { accept: environ.headers.get('accept') ?? '*/*' },
    body: environ.method === 'POST' ? await environ.input.read() : undefined,
    signal: environ.signal,
  });
  if (!upstream.ok || !upstream.body) {
    start('502 Bad Gateway', [['Content-Type', 'text/plain']]);
    return [`the upstream answered ${upstream.status}\n`];
  }
  start('200 OK', [
    ['Content-Type', upstream.headers.get('content-type') ?? 'text/plain'],
    ['Cache-Control', 'no-store'],
  ]);
  return upstream.body; // pulled no faster than the client reads
}
