/**
 * Lets V8 settle promises with Buffers sooner, in a process that is all the server's.
 *
 * An async generator awaits what it yields, and so V8 asks every chunk for a `then`. On a Buffer it looks through four
 * prototypes, about a hundred names in the first, and finds none: an eighth of the processor time of a stream of small
 * chunks. With the answer in the first of them (`undefined`, which is what it was before, and not enumerable) the search is
 * over sooner. Only `'then' in buffer` can tell the difference.
 */
export function quickBuffers(): void {
  Object.defineProperty(Buffer.prototype, 'then', {
    value: undefined,
    enumerable: false,
    writable: true,
    configurable: true,
  });
}
