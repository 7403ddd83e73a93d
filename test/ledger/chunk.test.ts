import { describe, expect, it } from 'vitest';
import { ChunkReader, chunkText } from '../../src/ledger/chunk.js';

const chunks = (id: string, ...sequence: number[]) => sequence.map((each) => chunkText(id, each)).join('');

function read(text: string, id = 'a', step = text.length): ChunkReader {
  const reader = new ChunkReader(id);
  for (let at = 0; at < text.length; at += step) reader.take(text.slice(at, at + step));
  return reader;
}

describe('a chunk that can be accounted for', () => {
  it('is one line of the length that was asked for, at least', () => {
    expect(chunkText('a', 0, 64)).toHaveLength(64);
    expect(chunkText('a', 0, 1)).toMatch(/^a 0 [0-9a-f]{8} \n$/);
  });

  it.each([1, 7, 64, 1000])('is read in parts of %i bytes', (step) => {
    const reader = read(chunks('a', 0, 1, 2), 'a', step);
    expect([reader.chunks, reader.wrong, reader.unfinished]).toEqual([3, [], false]);
  });

  it('a line that has not ended is neither a chunk nor wrong', () => {
    const reader = read(chunks('a', 0, 1).slice(0, -1));
    expect([reader.chunks, reader.wrong, reader.unfinished]).toEqual([1, [], true]);
  });

  it.each([
    ['one is missing', chunks('a', 0, 2), ['chunk 1 is missing, 2 came']],
    ['the first is missing', chunks('a', 1), ['chunk 0 is missing, 1 came']],
    ['one comes twice', chunks('a', 0, 0), ['chunk 1 is missing, 0 came']],
    ['one belongs to another request', chunks('a', 0) + chunks('b', 1), ['chunk 1 belongs to b']],
    ['a byte differs', chunkText('a', 0).replace('..', '.,'), ['chunk 0 is no chunk: "a 0 ']],
    ['bytes are missing', chunkText('a', 0).replace('...', '.'), ['chunk 0 has another hash']],
  ])('%s', (_name, text, wrong) => {
    expect(read(text).wrong.map((each, i) => each.slice(0, wrong[i]?.length))).toEqual(wrong);
  });

  it('a gap is told once, not for every chunk behind it', () => {
    expect(read(chunks('a', 0, 2, 3, 4)).wrong).toEqual(['chunk 1 is missing, 2 came']);
  });
});
