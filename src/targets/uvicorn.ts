import { asyncPaths } from './lacks.js';
import { pythonTarget } from './python.js';

/** A bare ASGI application. */
export const uvicorn = pythonTarget({
  name: 'uvicorn',
  summary: 'uvicorn, an ASGI application that listens for http.disconnect',
  module: 'uvicorn',
  version: 'uvicorn.__version__',
  debian: 'uvicorn',
  command: (apps) => [`${apps}/uvicorn_server.py`],
  paths: asyncPaths,
});
