/** A process that supervises several others, each of which serves the testbed's application: ENGINE COUNT. */
import { fileURLToPath } from 'node:url';
import { Supervisor } from '../../cli/supervisor.js';
import { openProbe } from '../../probes/writer.js';

const [engine = 'native', count = '2'] = process.argv.slice(2);
const probe = openProbe();
const app = fileURLToPath(new URL('gateway-served.js', import.meta.url));
process.stdin.on('end', () => process.kill(process.pid, 'SIGTERM')).resume();
const supervisor = new Supervisor(Number(count), [app, '--engine', engine, '--port', '0'], (line) => {
  console.log(line);
  const port = /^listening on .*:(\d+) /.exec(line)?.[1];
  if (port) probe.ready(Number(port));
});
process.exit(await supervisor.run());
