import { moduleTarget } from './module-target.js';

/** Hono through its adapter for node:http. */
export const hono = moduleTarget({
  name: 'hono',
  summary: 'Hono on @hono/node-server, its stream() helper and onAbort()',
  packages: ['hono', '@hono/node-server'],
});
