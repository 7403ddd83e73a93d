// A feed of server-sent events, for any number of readers. Each reader is a channel that the feed puts events into.
//
//   halfopen serve docs/examples/sse-feed.mjs
//   curl -N http://127.0.0.1:8080/

/** Everyone who reads, and whether they keep up. */
const readers = new Set();

export default function feed(environ, start) {
  start('200 OK', [
    ['Content-Type', 'text/event-stream'],
    ['Cache-Control', 'no-store'],
  ]);
  const reader = { channel: environ.channel(start, { close: () => readers.delete(reader) }), behind: false };
  reader.channel.put('retry: 1000\n\n');
  readers.add(reader);
  return reader.channel;
}

function publish(event) {
  for (const reader of readers) {
    // A slow reader misses events: its memory here is bounded, and nobody waits for it.
    if (reader.behind) continue;
    if (!reader.channel.put(`data: ${JSON.stringify(event)}\n\n`)) catchUp(reader);
  }
}

async function catchUp(reader) {
  reader.behind = true;
  await reader.channel.drained(); // also settles when the client has left
  reader.behind = false;
}

let count = 0;
setInterval(() => publish({ count: count++, readers: readers.size }), Number(process.env.EVERY_MS ?? 1000));
