import * as binding from './binding.mjs';
import { libFuzzerTarget } from './libfuzzer.mjs';
import * as llhttp from './llhttp.mjs';

/** What `npm run fuzz` can run. Each has a summary, says whether it can run here, and runs. */
export const targets = {
  parser_whole: libFuzzerTarget('parser_whole', 'every head that is accepted, read again by a plain reader'),
  parser_split: libFuzzerTarget('parser_split', 'heads and bodies, cut anywhere: the same events'),
  chunked_split: libFuzzerTarget('chunked_split', 'chunked bodies, cut anywhere: the same data as a plain reader has'),
  connection_model: libFuzzerTarget(
    'connection_model',
    'a connection: one answer a request, in order, none behind the last',
  ),
  response_writer: libFuzzerTarget(
    'response_writer',
    'what applications do to responses, read back by an independent reader',
  ),
  llhttp,
  binding,
};
