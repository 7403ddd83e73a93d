import { startScript } from './script.js';
import type { Target } from './target.js';

/** The control: the same service on bare node:http, written as its users write it. */
export const nodeHttp: Target = {
  name: 'node-http',
  role: 'control',
  summary: 'a plain node:http server, the control in every comparison',
  probe: true,
  application: true,
  tellsReasons: false,
  halfClose: [],
  knownLimits: [],
  nodeVersion: () => process.version,
  version: () => `Node ${process.version}`,
  unavailable: () => null,
  start: (options) => startScript('node-http', [], options),
};
