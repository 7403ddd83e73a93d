import type { ResponseHead } from '../gateway/response-head.js';
import type { Chunk } from '../gateway/types.js';

// What an exchange hands to node:http: its head in the form that is taken fastest, and chunks in as few pieces as is worth it.

/** Held bytes above this leave at once: merging them is no longer worth the copy. */
export const MERGE_BYTES = 16 * 1024;

interface FlatHead {
  /** Names and values in one row, as node:http takes them fastest. */
  readonly fields: string[];
  readonly ascii: boolean;
}

const flat = new WeakMap<ResponseHead, FlatHead>();

/** A head in the form that node:http takes, made once. */
export function flatHead(head: ResponseHead): FlatHead {
  let result = flat.get(head);
  if (!result) {
    const fields = head.headers.flat();
    result = { fields, ascii: /^[\t\x20-\x7e]*$/.test(head.status + fields.join('')) };
    flat.set(head, result);
  }
  return result;
}

export function toBytes(chunk: Chunk): Uint8Array {
  return typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
}

/** Makes one piece of many small ones, `bytes` in all. */
export function merge(chunks: Chunk[], bytes: number): Chunk[] {
  if (chunks.length < 2 || bytes > 2 * MERGE_BYTES) return chunks;
  if (chunks.every((chunk) => typeof chunk === 'string')) return [chunks.join('')];
  return [Buffer.concat(chunks.map(toBytes))];
}
