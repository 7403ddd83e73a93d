/** Makes new inputs from seeds: small changes, and the words that the grammar knows. */

/** What parsers stumble over, latin1. */
const words = [
  ...[
    '\r\n',
    '\n',
    '\r',
    ' ',
    '\t',
    ':',
    ',',
    ';',
    '\0',
    '\x7f',
    '\xff',
    '\x0b',
    '\r\n\r\n',
    '\r\n ',
    '\r\r\n',
    '\r\n\n',
  ],
  ...['GET ', 'POST ', 'HEAD ', 'OPTIONS ', 'CONNECT ', 'PRI ', 'XGET ', 'get ', 'M-SEARCH ', 'SOURCE '],
  ...['/', '*', 'http://x/', 'https://x/', 'http://', '//', '?q', '#f', '@', '%', '\\', '/..', '"', '|'],
  ...[
    ' HTTP/1.1',
    ' HTTP/1.0',
    ' HTTP/0.9',
    ' HTTP/2.0',
    ' HTTP/1.2',
    ' http/1.1',
    ' HTTP/11',
    ' ICE/1.0',
    ' RTSP/1.0',
  ],
  ...['Host: x\r\n', 'Host:\r\n', 'Host: a b\r\n', 'Host: [::1]:80\r\n', 'HOST:x\r\n', 'Host : x\r\n', ' Host: x\r\n'],
  ...['Content-Length: 5\r\n', 'Content-Length: 0\r\n', 'Content-Length: +5\r\n', 'Content-Length: 5, 5\r\n'],
  ...[
    'Content-Length: 18446744073709551616\r\n',
    'Content-Length:\r\n',
    'content-length:5 \r\n',
    'Content-Length: 0x5\r\n',
  ],
  ...['Transfer-Encoding: chunked\r\n', 'Transfer-Encoding: CHUNKED\r\n', 'Transfer-Encoding: gzip, chunked\r\n'],
  ...[
    'Transfer-Encoding: chunked, chunked\r\n',
    'Transfer-Encoding:\r\n',
    'Transfer-Encoding: identity\r\n',
    'TE: trailers\r\n',
  ],
  ...['Transfer-Encoding:\tchunked\t\r\n', 'Transfer-Encoding: chunked,\r\n', 'Transfer-Encoding: xchunked\r\n'],
  ...[
    'Connection: close\r\n',
    'Connection: keep-alive\r\n',
    'Connection: upgrade\r\n',
    'Upgrade: h2c\r\n',
    'Connection: ,\r\n',
  ],
  ...[
    'Expect: 100-continue\r\n',
    'Expect: x\r\n',
    'Trailer: a\r\n',
    'A: b\r\n',
    'A:\r\n',
    ': b\r\n',
    'A\r\n',
    'A: \x01\r\n',
  ],
  ...[
    '5\r\nhello\r\n',
    '0\r\n\r\n',
    '0\r\n',
    '00\r\n',
    '-1\r\n',
    '5;a=b\r\n',
    '5;a="b"\r\n',
    '5 \r\n',
    'ffffffffffffffff\r\n',
  ],
  ...['10000000000000000\r\n', '0x5\r\n', '5;\r\n', '5;a="\r\n', 'a: b\r\n\r\n', '1\r\nx', '\r\n0\r\n\r\n'],
  'GET / HTTP/1.1\r\nHost: x\r\n\r\n',
  'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello',
  'POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n',
].map((word) => Buffer.from(word, 'latin1'));

/** A part of `bytes`, at most `most` long: where it begins and ends. */
function part(random, bytes, most) {
  const begin = random.below(bytes.length + 1);
  return [begin, Math.min(bytes.length, begin + 1 + random.below(most))];
}

const splice = (bytes, begin, end, middle) => Buffer.concat([bytes.subarray(0, begin), middle, bytes.subarray(end)]);
const line = (random, bytes) => {
  const ends = [0];
  for (let at = bytes.indexOf('\r\n'); at >= 0; at = bytes.indexOf('\r\n', at + 2)) ends.push(at + 2);
  const which = random.below(ends.length);
  return [ends[which], ends[which + 1] ?? bytes.length];
};

const changes = [
  (random, bytes) => {
    if (bytes.length === 0) return bytes;
    const copy = Buffer.from(bytes);
    copy[random.below(copy.length)] ^= 1 << random.below(8);
    return copy;
  },
  (random, bytes) => {
    if (bytes.length === 0) return bytes;
    const copy = Buffer.from(bytes);
    copy[random.below(copy.length)] = random.below(256);
    return copy;
  },
  (random, bytes) => splice(bytes, ...part(random, bytes, 12), Buffer.alloc(0)),
  (random, bytes) => {
    const [begin, end] = part(random, bytes, 12);
    return splice(bytes, begin, begin, bytes.subarray(begin, end));
  },
  (random, bytes) => {
    const at = random.below(bytes.length + 1);
    return splice(bytes, at, at, random.pick(words));
  },
  (random, bytes) => splice(bytes, ...part(random, bytes, 12), random.pick(words)),
  // Lines are what heads are made of: one more, one less, one twice.
  (random, bytes) => {
    const [begin] = line(random, bytes);
    return splice(bytes, begin, begin, random.pick(words));
  },
  (random, bytes) => splice(bytes, ...line(random, bytes), Buffer.alloc(0)),
  (random, bytes) => {
    const [begin, end] = line(random, bytes);
    return splice(bytes, begin, begin, bytes.subarray(begin, end));
  },
  (random, bytes, seeds) => {
    const other = random.pick(seeds);
    return splice(bytes, ...part(random, bytes, bytes.length), other.subarray(...part(random, other, other.length)));
  },
  (random, bytes, seeds) => Buffer.concat([bytes, random.pick(seeds)]),
];

/**
 * @param {import('./random.mjs').Random} random
 * @param {readonly Buffer[]} seeds
 * @param {number} most bytes of the result
 * @returns {Buffer}
 */
export function mutate(random, seeds, most = 4096) {
  let bytes = random.pick(seeds);
  for (let left = 1 + random.below(4); left > 0; left--) bytes = random.pick(changes)(random, bytes, seeds);
  return bytes.subarray(0, most);
}
