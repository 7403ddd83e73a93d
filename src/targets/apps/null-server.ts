/** A process that answers every request with the bytes of a file, its first argument: nothing else, as fast as that goes. */
import { readFileSync } from 'node:fs';
import { loadAddon } from '../../addon.js';
import { openProbe } from '../../probes/writer.js';

const { addon, reason } = loadAddon();
if (!addon?.NullServer) throw new Error(reason ?? 'this addon was built before there was a null server');
const server = new addon.NullServer(readFileSync(process.argv[2]!));
openProbe().ready(server.port);
server.serve();
