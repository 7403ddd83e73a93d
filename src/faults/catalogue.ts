/** Every fault by the word that reports use, with one line on what the client does. */
export const faultCatalogue: Readonly<Record<string, string>> = {
  fin: 'leaves politely: everything readable is read, then close()',
  'fin-unread': 'close() with bytes unread: the kernel sends RST',
  rst: 'aborts: SO_LINGER {1, 0} and close()',
  'half-close': 'shutdown(SHUT_WR), and reads on',
  'late-fin': 'leaves when it has everything: the twin of fin, not a fault',
  stall: 'reads no more',
  'parked-then-gone': 'reads no more, and leaves after a while',
  'slow-read': 'reads at a pace, behind a small window',
  'one-byte-reader': 'the smallest window, one byte at a time',
  'slow-request': 'sends its request a few bytes at a time',
  'broken-upload-fin': 'a FIN in the middle of its request',
  'broken-upload-rst': 'an RST in the middle of its request',
  'broken-upload-half-close': 'a half-close in the middle of its request',
  'dead-on-arrival': 'connects, asks, and resets before it was accepted',
  vanish: 'incoming segments are dropped unanswered: no ACK, no FIN, no RST',
};
