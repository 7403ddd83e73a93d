import { machineStoodStill } from '../measures/bystander.js';
import { plural } from './text.js';

/** Why so many samples count for nothing, in words. */
export function excludedText(reason: string, count: number): string {
  const samples = `${plural(count, 'sample')} excluded`;
  return reason === machineStoodStill
    ? `${samples}, the machine stood still for the greater part of them`
    : `${samples}, the fault did not take place: ${reason}`;
}
