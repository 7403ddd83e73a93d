/**
 * A chunk that can be accounted for: one line, `id sequence hash padding`. Whoever reads it knows to which request it
 * belongs, whether one before it is missing, and whether its bytes are those that were sent.
 */

/**
 * 32-bit FNV-1a of what the line says, 8 hexadecimal digits. Of the padding its length is enough, for it can be nothing but dots, and a
 * server under test that hashes megabytes measures itself.
 */
function hashOf(id: string, sequence: number, padding: number): string {
  const text = `${id} ${sequence} ${padding}`;
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, '0');
}

let dots = '';

function padding(size: number): string {
  if (dots.length < size) dots = '.'.repeat(size);
  return dots.slice(0, size);
}

/**
 * @param id of the request: visible ASCII, no spaces
 * @param sequence 0 for the first chunk of a response
 * @param bytes the length that the chunk shall have at least
 */
export function chunkText(id: string, sequence: number, bytes = 64): string {
  const size = Math.max(0, bytes - id.length - String(sequence).length - 12);
  return `${id} ${sequence} ${hashOf(id, sequence, size)} ${padding(size)}\n`;
}

const line = /^(\S+) (\d+) ([0-9a-f]{8}) (\.*)$/;

/** Reads a body made of such chunks, however its bytes are cut. */
export class ChunkReader {
  /** Whole chunks so far. */
  chunks = 0;
  /** What is wrong with them, at most one sentence a chunk. */
  readonly wrong: string[] = [];
  #next = 0;
  #rest = '';

  constructor(readonly id: string) {}

  /** A line has begun that has not ended: no fault in a response that was cut, one in a complete response. */
  get unfinished(): boolean {
    return this.#rest !== '';
  }

  /** @param text body bytes as latin1, framing removed */
  take(text: string): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop()!;
    for (const each of lines) this.#judge(each);
  }

  #judge(text: string): void {
    this.chunks++;
    const [, id, digits, hash, filling] = line.exec(text) ?? [];
    const sequence = Number(digits);
    if (id === undefined) this.wrong.push(`chunk ${this.#next} is no chunk: ${JSON.stringify(text.slice(0, 40))}`);
    else if (id !== this.id) this.wrong.push(`chunk ${this.#next} belongs to ${id}`);
    else if (hash !== hashOf(id, sequence, filling!.length)) this.wrong.push(`chunk ${sequence} has another hash`);
    else if (sequence !== this.#next) this.wrong.push(`chunk ${this.#next} is missing, ${sequence} came`);
    this.#next = Number.isNaN(sequence) ? this.#next + 1 : sequence + 1;
  }
}
