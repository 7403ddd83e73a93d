/** A process that serves the testbed's application through the gateway: ENGINE HALF-CLOSE-POLICY. */
import { serve } from '../../gateway/serve.js';
import type { HalfClosePolicy } from '../../gateway/types.js';
import { app, probe } from './gateway-app.js';
import { stopWithParent } from './stop.js';

const [engine = 'native', onHalfClose = 'abort'] = process.argv.slice(2);
const server = await serve(app, {
  engine: engine as 'native' | 'node',
  port: 0,
  onHalfClose: onHalfClose as HalfClosePolicy,
});
stopWithParent(() => server.close({ graceMs: 0 }));
probe.ready(server.port);
