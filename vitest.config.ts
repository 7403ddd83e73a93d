import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  resolve: {
    alias: [
      { find: /^halfopen\/testbed$/, replacement: here('src/testbed.ts') },
      { find: /^halfopen$/, replacement: here('src/index.ts') },
    ],
  },
  test: {
    include: ['test/**/*.test.ts'],
    pool: 'forks',
    // On two cores: most tests wait most of the time, for deadlines, back-offs, clients that leave.
    maxWorkers: 3,
    reporters: ['default', './test/support/rule-reporter.ts'],
    testTimeout: 20_000,
    hookTimeout: 20_000,
  },
});
