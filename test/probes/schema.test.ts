import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { fieldsOf } from '../../src/probes/event.js';
import { probeSchema } from '../../src/probes/schema.js';

const path = join(import.meta.dirname, '../../docs/probe.schema.json');

it('docs/probe.schema.json is the schema of what is read', () => {
  expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual(probeSchema());
});

it('every field and every event has its sentence', () => {
  const { oneOf } = probeSchema() as {
    oneOf: { description: string; properties: Record<string, { description?: string }> }[];
  };
  expect(oneOf).toHaveLength(Object.keys(fieldsOf).length);
  for (const { description, properties } of oneOf) {
    expect(description).toBeTruthy();
    for (const [name, field] of Object.entries(properties))
      if (name !== 'event') expect(field.description, name).toBeTruthy();
  }
});
