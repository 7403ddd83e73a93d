import { ownTarget } from './own.js';

/** This gateway on node:http. */
export const ownNode = ownTarget('node', 'this gateway on the node engine (node:http beneath)', []);
