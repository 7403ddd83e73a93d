import type { Measure } from '../measures/measure.js';

export const unaccounted: Measure = {
  name: 'unaccounted',
  title: 'requests unaccounted for',
  unit: 'requests',
  better: 'lower',
  what: 'requests and chunks on which the books of clients and server disagree, and bodies that were not closed once',
};

export const controlUnnoticed: Measure = {
  name: 'control_unnoticed',
  title: 'dropped chunk unnoticed',
  unit: 'requests',
  better: 'lower',
  what: 'the positive control: the server drops one chunk of one request, and the books must show it',
};

export const badInputWrong: Measure = {
  name: 'bad_input_wrong',
  title: 'bad requests answered otherwise',
  unit: 'requests',
  better: 'lower',
  what: 'malformed requests whose client could not read the right refusal, followed by the end of the connection',
};

export const chunksPerSecond: Measure = {
  name: 'chunks_per_second',
  title: 'chunks read',
  unit: '1/s',
  better: 'higher',
  detail: true,
  what: 'chunks with id, sequence and hash that clients read and checked in a second',
};

export const requestsBegun: Measure = {
  name: 'requests_begun',
  title: 'requests in the books',
  unit: 'requests',
  better: 'higher',
  detail: true,
  what: 'requests that a client has in its book, by how they ended',
};
