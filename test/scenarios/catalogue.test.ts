import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseBar } from '../../src/gates/bars.js';
import { ownScenarios } from '../../src/runner/load.js';

const root = resolve(import.meta.dirname, '../..');
const scenarios = await ownScenarios(join(root, 'dist/scenarios'));

/** Every way to lose a client, to be slow, to have nothing to say. */
const catalogue = {
  'slow-reader': ['stalled-reader', 'trickle-reader', 'tiny-window', 'one-in-n', 'parked-then-gone'],
  'dropped-client': [
    'fin-idle',
    'rst-midstream',
    'halfclose-reader',
    'fin-behind-full-buffer',
    'vanish-idle',
    'vanish-inflight',
    'pipelined-fin',
    'unread-body-fin',
    'before-first-byte',
    'dead-on-arrival',
    'late-fin',
  ],
  'empty-yield': ['empty-storm', 'empty-then-gone', 'empty-between-data', 'backoff-schedule'],
  input: ['slow-upload', 'broken-upload', 'early-reply'],
  throughput: ['plain', 'pipelined', 'stream-sync', 'stream-async', 'stream-paced', 'large-body'],
  mixed: ['abandon-storm', 'chaos-mix'],
  shutdown: ['drain-deadline', 'worker-kill'],
};

it.each(Object.entries(catalogue))('%s is all there', (group, names) => {
  const there = scenarios.filter((scenario) => scenario.group === group).map(({ name }) => name);
  expect(there).toEqual(expect.arrayContaining(names));
});

it('the default run stays under two minutes on its three targets', () => {
  const seconds = scenarios
    .filter(({ onDemand }) => !onDemand)
    .reduce((sum, { rounds, seconds }) => sum + (rounds?.default ?? 1) * seconds.default, 0);
  expect(3 * seconds).toBeLessThan(120);
});

describe.each(scenarios.map((scenario) => [scenario.name, scenario] as const))('%s', (name, scenario) => {
  it('begins with its question', () => {
    const [first] = readFileSync(join(root, 'scenarios', `${name}.ts`), 'utf8').split('\n');
    expect(first).toBe(`/** ${scenario.question} */`);
  });

  it('has bars on a count or a figure of each group of clients, and twins beside its cuts', () => {
    expect(scenario.bars.length).toBeGreaterThan(0);
    const bars = scenario.bars.map((text) => parseBar(text));
    const cuts = bars.filter(({ measure }) => measure === 'unnoticed');
    const twins = bars.filter(({ measure }) => measure === 'false_aborts');
    if (cuts.length > 0 && scenario.group !== 'mixed') expect(twins.length).toBeGreaterThan(0);
  });
});

it('every file is a scenario of its name', () => {
  const files = readdirSync(join(root, 'scenarios'))
    .filter((file) => file.endsWith('.ts'))
    .map((file) => file.replace('.ts', ''));
  expect(scenarios.map(({ name }) => name).sort()).toEqual(files.sort());
});
