import { moduleTarget } from './module-target.js';

/** Fastify on node:http, bodies as streams given to `reply.send()`. */
export const fastify = moduleTarget({
  name: 'fastify',
  summary: 'Fastify on node:http, streams for reply.send(), request.signal',
  packages: ['fastify'],
});
