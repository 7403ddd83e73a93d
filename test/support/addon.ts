import { beforeEach } from 'vitest';
import { loadAddon } from '../../src/addon.js';

/** Why the addon is not there, or null. It is built where there is a C++20 compiler. */
export const addonMissing: string | null = loadAddon().reason;

/** In a file or a `describe`: its tests need the addon. Where it was not built they are skipped, and the report says why. */
export function needsAddon(): void {
  beforeEach(({ skip }) => skip(addonMissing !== null, `the addon is not built: ${addonMissing}`));
}
