/** What the testbed's applications send, the same on every target. Sizes in bytes. */
export const streamChunks = 16;
export const streamChunk = Buffer.alloc(64, 'x');
export const hello = 'Hello, world!';
export const endlessChunk = Buffer.alloc(16 * 1024, 'e');
export const pacedChunk = Buffer.alloc(1024, 'p');
export const pacedEveryMs = 20;
/** A stream that ends by itself, slowly enough for its client to do something meanwhile. */
export const finiteChunks = 10;
/** Larger than what the kernel's buffers take at once, so that a part waits in the server. */
export const fixedBody = Buffer.alloc(4 * 1024 * 1024, 'f');
export const emptiesBeforeData = 5;
export const emptiesBetween = 3;
export const tagHeader = 'x-halfopen-tag';

/** User memory after a collection; needs `--expose-gc`, else it is what it is. */
export function memoryReport(): string {
  globalThis.gc?.();
  const { heapUsed, external, arrayBuffers } = process.memoryUsage();
  return JSON.stringify({ heapUsed, external, arrayBuffers });
}
