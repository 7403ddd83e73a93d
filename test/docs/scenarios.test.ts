import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ownScenarios } from '../../src/runner/load.js';

const root = join(import.meta.dirname, '../..');
const text = readFileSync(join(root, 'docs/scenarios.md'), 'utf8');

it('docs/scenarios.md names every scenario in its group, and no other', async () => {
  const table = text.slice(0, text.indexOf('## Where'));
  const named = [...table.matchAll(/^\| ([a-z-]+) \| (`.*`) \|$/gm)].flatMap(([, group, names]) =>
    names!.split(' ').map((name) => `${group} ${name.replaceAll('`', '')}`),
  );
  const there = (await ownScenarios(join(root, 'dist/scenarios'))).map(({ group, name }) => `${group} ${name}`);
  expect(named.sort()).toEqual(there.sort());
});

it('its matrix names only scenarios that there are', async () => {
  const names = new Set((await ownScenarios(join(root, 'dist/scenarios'))).map(({ name }) => name));
  const matrix = text.slice(text.indexOf('## Where'), text.indexOf('## Twins'));
  for (const [, name] of matrix.matchAll(/`([a-z-]+)`/g)) expect(names).toContain(name);
});
