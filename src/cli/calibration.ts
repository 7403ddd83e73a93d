import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { number, record, shape, text, whole } from '../reports/check.js';
import type { Environment } from '../reports/model.js';
import { UsageError } from './command.js';

/** What of its surroundings a calibration holds for. */
const decisive = ['cpuModel', 'cores', 'arch', 'kernel', 'node'] as const;
type Machine = Pick<Environment, (typeof decisive)[number]>;

/** The noise of this machine, as a file. */
export interface Calibration {
  readonly schema: 1;
  readonly at: string;
  readonly pairs: number;
  readonly machine: Machine;
  /** By figure: deviation of one slot, as a share. */
  readonly noise: Readonly<Record<string, number>>;
}

const calibration = shape({
  schema: whole,
  at: text,
  pairs: whole,
  machine: shape({ cpuModel: text, cores: whole, arch: text, kernel: text, node: text }),
  noise: record(number),
});

export function defaultCalibration(): string {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'halfopen', 'calibration.json');
}

export const machineOf = (place: Environment): Machine => {
  const { cpuModel, cores, arch, kernel, node } = place;
  return { cpuModel, cores, arch, kernel, node };
};

export function writeCalibration(file: string, found: Calibration): void {
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, `${JSON.stringify(found, null, 1)}\n`);
  } catch (error) {
    throw new UsageError(`${file} cannot be written: ${(error as Error).message}`);
  }
}

/**
 * The noise that was found here, with a remark for the report where there is none.
 *
 * @throws UsageError for a file that is no calibration
 */
export function readCalibration(file: string, place: Environment): { noise: Calibration['noise']; notes: string[] } {
  const uncalibrated = 'every margin is 5 %; halfopen calibrate finds which figures need the wider one here';
  if (!existsSync(file)) return { noise: {}, notes: [`this machine is not calibrated: ${uncalibrated}`] };
  let found: Calibration;
  try {
    const value: unknown = JSON.parse(readFileSync(file, 'utf8'));
    calibration(value, '');
    found = value as Calibration;
  } catch (error) {
    throw new UsageError(`${file} is no calibration: ${(error as Error).message}`);
  }
  const here = machineOf(place);
  const other = decisive.filter((key) => found.machine[key] !== here[key]);
  if (other.length === 0) return { noise: found.noise, notes: [] };
  return {
    noise: {},
    notes: [`the calibration in ${file} is of other surroundings (${other.join(', ')}): ${uncalibrated}`],
  };
}
