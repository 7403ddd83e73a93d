import { expect, it } from 'vitest';
import { boutMs, scheduleOf } from '../../src/soak/schedule.js';

const lengths = (seconds: number) => {
  const sums: Record<string, number> = {};
  for (const { name, fromMs, untilMs } of scheduleOf(seconds))
    sums[name] = (sums[name] ?? 0) + (untilMs - fromMs) / 1000;
  return sums;
};

it.each([10, 60, 100, 150, 600, 3600, 36_000])(
  'a soak of %i s is filled without a gap, and ends with faults',
  (seconds) => {
    const schedule = scheduleOf(seconds);
    let at = 0;
    for (const { fromMs, untilMs } of schedule) {
      expect(fromMs).toBe(at);
      expect(untilMs).toBeGreaterThan(fromMs);
      at = untilMs;
    }
    expect(at).toBeCloseTo(seconds * 1000, 3);
    expect(schedule.slice(0, 4).map(({ name }) => name)).toEqual(['empty', 'arriving', 'quiet', 'during']);
    expect(schedule.at(-1)!.name).toBe('during');
    expect(schedule.length).toBeLessThan(512); // what the client takes
  },
);

it('ten minutes have quiet between the faults, which have more than two thirds of the time', () => {
  const names = scheduleOf(600).map(({ name }) => name);
  expect(names.slice(3, 7)).toEqual(['during', 'leaving', 'quiet', 'during']);
  const { during, quiet } = lengths(600);
  expect(during).toBeGreaterThan(400);
  expect(quiet).toBeGreaterThan(90);
});

it('whoever misbehaves has left when quiet begins', () => {
  for (const [i, { name, fromMs }] of scheduleOf(600).entries())
    if (name === 'quiet' && i > 2) {
      const { untilMs, name: before } = scheduleOf(600)[i - 2]!;
      expect(before).toBe('during');
      // The last bout begins a bout ahead of the end; the server's deadlines are five seconds.
      expect(fromMs - (untilMs - boutMs)).toBeGreaterThanOrEqual(boutMs + 5000);
    }
});
