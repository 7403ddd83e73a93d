import { nodeHttp } from './node-http.js';
import { ownNative } from './own-native.js';
import { ownNode } from './own-node.js';
import type { Target } from './target.js';

/** Every target that needs nothing but this package. A new one: its own file, and a line here. */
export const targets: readonly Target[] = [ownNative, ownNode, nodeHttp];
