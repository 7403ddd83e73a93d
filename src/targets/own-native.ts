import { ownTarget } from './own.js';

/** This gateway on its native engine. */
export const ownNative = ownTarget('native', 'this gateway on the native engine', []);
