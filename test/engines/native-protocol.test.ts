import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import {
  COMMAND_INTS,
  CONTROL,
  EVENT,
  EVENT_INTS,
  GONE_KINDS,
  MOD,
  OP,
  PAUSE_EVERY,
  REQUEST_FLAG,
} from '../../src/engines/native-protocol.js';

const header = readFileSync(new URL('../../native/engine/protocol.h', import.meta.url), 'utf8');

/** The enumerators of a C++ enum, by name without the leading k, with their values. */
function enumerators(name: string): Record<string, number> {
  const body = new RegExp(`enum (?:class )?${name}[^{]*\\{([^}]*)\\}`).exec(header)![1]!;
  const values: Record<string, number> = {};
  let next = 0;
  for (const line of body.replace(/\/\/.*/g, '').split(',')) {
    const [, enumerator, value] = /k(\w+)(?:\s*=\s*(.+))?/.exec(line.trim()) ?? [];
    if (!enumerator) continue;
    if (value) {
      const [, base, shift] = /^(\d+)(?:\s*<<\s*(\d+))?$/.exec(value.trim())!;
      next = shift === undefined ? Number(base) : Number(base) << Number(shift);
    }
    values[enumerator] = next++;
  }
  return values;
}

const lowerFirst = (text: string) => text[0]!.toLowerCase() + text.slice(1);
const strip = (values: Record<string, number>, prefix: string) =>
  Object.fromEntries(
    Object.entries(values)
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, value]) => [lowerFirst(name.slice(prefix.length)), value]),
  );

it('the records of the native protocol are the same on both sides', () => {
  expect(EVENT).toEqual(strip(enumerators('Event'), ''));
  expect(OP).toEqual(strip(enumerators('Op'), 'Op'));
  expect(MOD).toEqual(strip(enumerators('Op'), 'Mod'));
  expect(REQUEST_FLAG).toEqual(strip(enumerators('RequestFlag'), ''));
  const { controlCells: _, ...control } = strip(enumerators('Control'), '');
  expect(CONTROL).toEqual(control);
  expect(GONE_KINDS.length).toBe(Object.keys(enumerators('Gone')).length);
  expect(header).toContain(`kEventInts = ${EVENT_INTS};`);
  expect(header).toContain(`kCommandInts = ${COMMAND_INTS};`);
  expect(header).toContain(`kPauseEvery = ${PAUSE_EVERY};`);
});
