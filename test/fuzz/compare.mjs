/**
 * Do two parsers understand the same bytes alike? What one reads as another request than the other is how requests are
 * smuggled past a proxy; what ours accepts and llhttp refuses is a leniency to explain.
 */
import { METHODS } from 'node:http';

/**
 * @typedef {{ head: string, body: string, whole: boolean }} Request
 * @typedef {{ end: string, requests: Request[] }} Reading `end`: `waits`, `closes` or `refused …`
 * @typedef {{ weRefuse: Record<string, string>, weAccept: Record<string, string> }} Reviewed difference → reason
 */

const methodOf = ({ head }) => head.slice(0, head.indexOf(' '));

/** What may make llhttp refuse what we accept: by the request, the connection's bytes, and what llhttp says. */
const acceptable = {
  'a method that llhttp does not know': (own, _bytes, end) => /METHOD/.test(end) && !METHODS.includes(methodOf(own)),
  'a tab beside the value of Content-Length': (_own, bytes, end) =>
    /CONTENT_LENGTH/.test(end) && /content-length:[^\r]*\t/i.test(bytes),
  'a tab beside the value of Transfer-Encoding': (_own, bytes, end) =>
    /TRANSFER_ENCODING/.test(end) && /transfer-encoding:[^\r]*\t/i.test(bytes),
};

/**
 * @param {Reading} ours
 * @param {Reading} theirs
 * @param {string} bytes of the connection, latin1
 * @param {Reviewed} reviewed
 * @returns {{ difference: string, known: boolean } | null}
 */
export function compare(ours, theirs, bytes, reviewed) {
  const found = differenceOf(ours, theirs, bytes, reviewed);
  if (!found || found.known) return found;
  const end = Object.keys(ends).find(
    (each) => ends[each](bytes, ours, theirs) && Object.hasOwn(reviewed.weAccept, each),
  );
  return end ? { difference: `we accept: ${end}`, known: true } : found;
}

/** Where node:http, or its parser, loses bytes of a connection: by the connection's bytes, and what both told of it. */
const ends = {
  // It lets go of the connection: what stood before it may never be told to have ended.
  'the method PRI': (bytes) => bytes.includes('PRI '),
  // It skips what came with it, some of the time only its first byte.
  'what stands behind an upgrade that is not answered': (_bytes, ours, { requests }) => {
    const at = requests.findIndex(({ head }) => /^upgrade:/im.test(head) && /^connection:.*\bupgrade\b/im.test(head));
    const alike = ({ head, body }, i) =>
      head === ours.requests[i]?.head && (i === at || body === ours.requests[i].body);
    return at >= 0 && requests.slice(0, at + 1).every(alike);
  },
};

function differenceOf(ours, theirs, bytes, reviewed) {
  for (let i = 0; ; i++) {
    const [own, other] = [ours.requests[i], theirs.requests[i]];
    if (own && other) {
      if (own.head !== other.head) return unknown(`request ${i + 1} is read with another head`);
      if (own.whole && other.whole && own.body !== other.body) return unknown(`request ${i + 1} has another body`);
      if (own.whole && other.whole) continue;
      if (!own.whole && !other.whole) return null; // refused by either, or waiting: the same request either way
      return own.whole ? theyDoNot(own, theirs, bytes, reviewed, 'ends') : weDoNot(ours, reviewed, 'ends', bytes);
    }
    if (own) return theyDoNot(own, theirs, bytes, reviewed, 'is one');
    // llhttp tells of a request before it looks at its transfer codings.
    const bothRefuse = other && !other.whole && ours.end.startsWith('refused') && theirs.end.startsWith('refused');
    return other && !bothRefuse ? weDoNot(ours, reviewed, 'is one', bytes) : null;
  }
}

/** What may make ours end a connection on which llhttp waits for more: by the last request, and the connection's bytes. */
const goodbyes = {
  'what stands behind Connection: close with a tab beside it': (_last, bytes) =>
    /connection:[^\r\n]*(\t *close|close *\t)/i.test(bytes),
  'what stands behind Connection: close beside keep-alive in HTTP/1.0': (last) =>
    /^\S+ .* 1\.0\n/.test(last) &&
    /^connection:.*\bclose\b/im.test(last) &&
    /^connection:.*\bkeep-alive\b/im.test(last),
};

function weDoNot(ours, reviewed, what, bytes) {
  const last = ours.requests.at(-1)?.head ?? '';
  const goodbye = ours.end === 'closes' && Object.keys(goodbyes).find((each) => goodbyes[each](last, bytes));
  if (goodbye) return { difference: `we refuse: ${goodbye}`, known: Object.hasOwn(reviewed.weRefuse, goodbye) };
  const why = ours.end.replace(/^refused \d+ /, '');
  if (!ours.end.startsWith('refused')) return unknown(`llhttp says that a request ${what}, ours ${ours.end}`);
  return { difference: `we refuse: ${why}`, known: Object.hasOwn(reviewed.weRefuse, why) };
}

function theyDoNot(own, theirs, bytes, reviewed, what) {
  const name = Object.keys(reviewed.weAccept).find((each) => acceptable[each]?.(own, bytes, theirs.end));
  if (theirs.end.startsWith('refused') && name) return { difference: `we accept: ${name}`, known: true };
  return unknown(`ours says that a request ${what}, llhttp ${theirs.end}`);
}

const unknown = (difference) => ({ difference, known: false });
