import { asyncPaths } from './lacks.js';
import { pythonTarget } from './python.js';

/** The oldest event loop of the web. */
export const twisted = pythonTarget({
  name: 'twisted',
  summary: 'Twisted web, resources with notifyFinish() and producers',
  module: 'twisted',
  version: 'twisted.__version__',
  debian: 'python3-twisted',
  command: (apps) => [`${apps}/twisted_server.py`],
  paths: asyncPaths,
});
