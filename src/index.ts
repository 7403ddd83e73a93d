export type { Server, ServerStats } from './engines/engine.js';
export { DEFAULT_BACKOFF, delayAfter } from './gateway/backoff.js';
export type { Log } from './gateway/core.js';
export { ClientDisconnected, ContractError, InputBroken, InputTimeout } from './gateway/errors.js';
export { fileBody, type ReadableFile } from './gateway/file-body.js';
export type { ServeOptions } from './gateway/options.js';
export { serve } from './gateway/serve.js';
export type {
  App,
  BackoffPolicy,
  Body,
  Chunk,
  CloseReason,
  Completion,
  Environ,
  ErrorStream,
  HalfClosePolicy,
  HeaderList,
  Input,
  RequestHeaders,
  Resume,
  StartResponse,
  Write,
} from './gateway/types.js';
