import { expect, it } from 'vitest';
import { WorkerMemory } from '../../src/adapters/worker-memory.js';
import { CLOSE_KINDS } from '../../src/gateway/close-kinds.js';
import { Host, TEXT } from './validated.js';

const kinds = [
  ...(['done', 'app-error', 'client-fin', 'client-reset', 'client-vanished'] as const),
  ...(['write-stalled', 'input-timeout', 'shutdown'] as const),
];

it('there are no other kinds', () => {
  expect([...CLOSE_KINDS].sort()).toEqual([...kinds].sort());
});

for (const kind of kinds) {
  it(`the validator takes ${kind} from a host`, async () => {
    const host = new Host();
    const body = await host.call((_environ, start) => {
      start('200 OK', TEXT);
      return ['x', 'y'].values();
    });
    await body.close?.({ kind });
    expect(host.verdict).not.toContain('11: close() with a reason');
  });

  it(`a worker learns of ${kind} as it was told`, () => {
    const memory = WorkerMemory.create(1024);
    expect(memory.gone()).toBeNull();
    memory.setGone({ kind });
    expect(memory.gone()).toEqual({ kind });
  });
}
