/** The server of a soak: ENGINE BOOK DROP. Keeps its book in the file BOOK, and drops a chunk of the request DROP. */
import { serve } from '../gateway/serve.js';
import { openProbe } from '../probes/writer.js';
import { stopWithParent } from '../targets/apps/stop.js';
import { bookFile } from './book-file.js';
import { ledgerApp } from './ledger-app.js';

const [engine = 'native', book = '', dropFrom = ''] = process.argv.slice(2);
const app = ledgerApp({ process: process.pid, keep: bookFile(book), dropFrom });
const server = await serve(app, {
  engine: engine as 'native' | 'node',
  port: 0,
  maxConnections: 18_000,
  backlog: 4096,
  // Short enough for a soak of a minute to meet them.
  stallTimeoutMs: 5_000,
  userTimeoutMs: 5_000,
  headTimeoutMs: 5_000,
  bodyTimeoutMs: 5_000,
});
stopWithParent(() => server.close({ graceMs: 0 }));
openProbe().ready(server.port);
