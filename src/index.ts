export { type FetchOptions, fromFetch } from './adapters/fetch.js';
export { checkMiddleware, type MiddlewareCheckOptions, type Wrapper } from './adapters/middleware-check.js';
export {
  type ListenerOptions,
  type Middleware,
  type NodeListener,
  toMiddleware,
  toNodeListener,
} from './adapters/node-listener.js';
export {
  onPlainServer,
  type PlainApp,
  type PlainBody,
  type PlainEnviron,
  type PlainOptions,
  type PlainStart,
} from './adapters/plain-server.js';
export type { BlockingApp, BlockingEnviron, BlockingInput, BlockingStart } from './adapters/worker-protocol.js';
export { inWorkers, type WorkersApp, type WorkersOptions } from './adapters/workers.js';
export type { Server, ServerStats } from './engines/engine.js';
export { DEFAULT_BACKOFF, delayAfter } from './gateway/backoff.js';
export { type CgiEnviron, toCgi } from './gateway/cgi.js';
export type { Log } from './gateway/core.js';
export { deriveEnviron } from './gateway/environ.js';
export { ClientDisconnected, ContractError, InputBroken, InputTimeout } from './gateway/errors.js';
export { fileBody, type ReadableFile } from './gateway/file-body.js';
export type { ServeOptions } from './gateway/options.js';
export { resumePort } from './gateway/resume-port.js';
export { type FetchApp, serve } from './gateway/serve.js';
export type {
  App,
  BackoffPolicy,
  Body,
  Channel,
  ChannelOptions,
  Chunk,
  CloseReason,
  Completion,
  Environ,
  ErrorStream,
  FetchHandler,
  FetchInfo,
  HalfClosePolicy,
  HeaderList,
  Input,
  RequestHeaders,
  Resume,
  StartResponse,
  Write,
} from './gateway/types.js';
export { type ValidateOptions, validate } from './gateway/validator.js';
