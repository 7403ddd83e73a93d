import type { FileHandle } from 'node:fs/promises';
import { ContractError, describe } from './errors.js';
import type { CloseReason } from './types.js';

/** What a file body reads: a `FileHandle`, or anything that reads on from its own position. */
export interface ReadableFile {
  read(buffer: Uint8Array, offset: number, length: number, position: null): Promise<{ bytesRead: number }>;
  close?(): void | Promise<void>;
}

/** Enough to make system calls rare, and no more than a reader who stalls may keep in memory. */
const BLOCK_BYTES = 64 * 1024;

/**
 * A file as a body: what `wsgi.file_wrapper` is to a WSGI application (rule 29). Sent from the file's current offset to its
 * end, read only as fast as the client takes it, and closed with the body, whatever happened.
 *
 * @param file opened by the application; the body owns it from now on
 * @param options.bytes at most so many (for a range, or to keep to a Content-Length)
 * @throws ContractError for something that can't be read
 */
export function fileBody(file: FileHandle | ReadableFile, options: { bytes?: number } = {}): FileBody {
  if (typeof file?.read !== 'function')
    throw new ContractError(29, 'an open file, such as a FileHandle', describe(file), fileBody);
  const { bytes = Number.POSITIVE_INFINITY } = options;
  if (typeof bytes !== 'number' || !(bytes >= 0))
    throw new ContractError(29, 'a count of bytes, 0 or above', describe(bytes), fileBody);
  return new FileBody(file, bytes);
}

/** Made by `fileBody()`. */
export class FileBody {
  readonly #file: ReadableFile;
  #left: number;

  constructor(file: FileHandle | ReadableFile, bytes: number) {
    this.#file = file as ReadableFile;
    this.#left = bytes;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    while (this.#left > 0) {
      // A new block each time: the one before may still be on its way.
      const block = Buffer.allocUnsafeSlow(Math.min(BLOCK_BYTES, this.#left));
      const { bytesRead } = await this.#file.read(block, 0, block.length, null);
      if (bytesRead === 0) return;
      this.#left -= bytesRead;
      yield block.subarray(0, bytesRead);
    }
  }

  /** Closes the file. */
  async close(_why: CloseReason): Promise<void> {
    await this.#file.close?.();
  }
}
