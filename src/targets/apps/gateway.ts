/** A process that serves the testbed's application through the gateway: ENGINE HALF-CLOSE-POLICY DEADLINES (JSON) HOST PORT. */
import { keepHelpersBehind } from '../../cli/helper-threads.js';
import { serve } from '../../gateway/serve.js';
import type { HalfClosePolicy } from '../../gateway/types.js';
import type { Deadlines } from '../target.js';
import { app, probe } from './gateway-app.js';
import { stopWithParent } from './stop.js';

const [engine = 'native', onHalfClose = 'abort', given = '{}', host = '127.0.0.1', port = '0'] = process.argv.slice(2);
const { graceMs = 0, keepAliveIdleMs, ...deadlines } = JSON.parse(given) as Deadlines;
const server = await serve(app, {
  engine: engine as 'native' | 'node',
  host,
  port: Number(port),
  onHalfClose: onHalfClose as HalfClosePolicy,
  // The first probe after the idle time, the second a second later: then the client counts as gone.
  ...(keepAliveIdleMs === undefined ? {} : { keepAliveProbe: { idleMs: keepAliveIdleMs, intervalMs: 1000, count: 2 } }),
  ...deadlines,
});
keepHelpersBehind(); // as `halfopen serve` does
stopWithParent(() => server.close({ graceMs }));
probe.ready(server.port);
