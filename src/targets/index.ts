import { bun } from './bun.js';
import { express } from './express.js';
import { fastify } from './fastify.js';
import { gunicornSync, gunicornThreads } from './gunicorn.js';
import { hono } from './hono.js';
import { nodeHttp } from './node-http.js';
import { node22, node24 } from './node-release.js';
import { ownNative } from './own-native.js';
import { ownNode } from './own-node.js';
import type { Target } from './target.js';
import { twisted } from './twisted.js';
import { uvicorn } from './uvicorn.js';
import { uwebsockets } from './uwebsockets.js';

/** Those that need nothing but this package: what `bench` compares unless told otherwise. */
export const embedded: readonly Target[] = [ownNative, ownNode, nodeHttp];

/** Every target by name. A new one: its own file, and a line here. */
export const targets: readonly Target[] = [
  ...embedded,
  node22,
  node24,
  express,
  fastify,
  hono,
  bun,
  uwebsockets,
  gunicornSync,
  gunicornThreads,
  uvicorn,
  twisted,
];
