import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Calibration, machineOf, readCalibration, writeCalibration } from '../../src/cli/calibration.js';
import { UsageError } from '../../src/cli/command.js';
import { sample } from '../reports/sample.js';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'halfopen-calibration-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const here = sample.environment;
const found = (part: Partial<Calibration> = {}): Calibration => ({
  ...{ schema: 1, at: '2026-01-02T03:04:05.678Z', pairs: 16, machine: machineOf(here), noise: { cpu: 0.02 } },
  ...part,
});

it('is kept with its directory, and read where it was made', () => {
  const file = join(directory, 'new', 'calibration.json');
  writeCalibration(file, found());
  expect(readCalibration(file, here)).toEqual({ noise: { cpu: 0.02 }, notes: [] });
});

it('of another machine counts for nothing, and the report says so', () => {
  const file = join(directory, 'calibration.json');
  writeCalibration(file, found({ machine: { ...machineOf(here), node: 'v18.0.0', kernel: 'Linux 5.0' } }));
  const { noise, notes } = readCalibration(file, here);
  expect(noise).toEqual({});
  expect(notes.join()).toMatch(/is of other surroundings \(kernel, node\): every margin is 5 %/);
});

it('that is missing is a remark', () => {
  const { noise, notes } = readCalibration(join(directory, 'none.json'), here);
  expect([noise, notes.length]).toEqual([{}, 1]);
  expect(notes[0]).toContain('halfopen calibrate');
});

it.each([
  ['{"schema":1', /is no calibration/],
  ['{"schema":1,"at":"","pairs":1,"machine":{},"noise":{}}', /machine\.cpuModel: expected text/],
  [JSON.stringify({ ...found(), noise: { cpu: '2 %' } }), /noise\.cpu: expected a number/],
])('that is wrong is refused: %s', (text, message) => {
  const file = join(directory, 'wrong.json');
  writeFileSync(file, text);
  expect(() => readCalibration(file, here)).toThrow(message);
  expect(() => readCalibration(file, here)).toThrow(UsageError);
});
