import { setImmediate as turn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { TurnQueue } from '../../src/gateway/turn-queue.js';

const spin = (ms: number): void => {
  for (const end = performance.now() + ms; performance.now() < end; );
};

it('rule 17: many tasks leave the loop its turns, and have theirs in order', { timeout: 10_000 }, async () => {
  const queue = new TurnQueue();
  const ran: number[] = [];
  const tasks = 40;
  const rounds = 3;
  for (let i = 0; i < tasks; i++) {
    let left = rounds;
    const task = {
      run() {
        ran.push(i);
        spin(0.4);
        if (--left > 0) queue.push(task);
      },
    };
    queue.push(task);
  }
  const aTurn: number[] = [];
  while (ran.length < tasks * rounds) {
    const before = ran.length;
    await turn();
    aTurn.push(ran.length - before);
  }
  expect(ran).toEqual(Array.from({ length: tasks * rounds }, (_, i) => i % tasks));
  // A slice of 1 ms holds three tasks of 0.4 ms; the first look may see the end of one turn and the beginning of the next.
  expect(Math.max(...aTurn)).toBeLessThanOrEqual(6);
});

it('what an asynchronous task does counts for the slice', { timeout: 10_000 }, async () => {
  const queue = new TurnQueue();
  let ran = 0;
  for (let i = 0; i < 20; i++)
    queue.push({
      run() {
        ran++;
        queueMicrotask(() => spin(0.6));
      },
    });
  let turns = 0;
  for (; ran < 20; turns++) await turn();
  expect(turns).toBeGreaterThanOrEqual(7);
});

it('goes through more tasks than it keeps places for', async () => {
  const queue = new TurnQueue();
  const ran: number[] = [];
  for (let i = 0; i < 5000; i++) queue.push({ run: () => void ran.push(i) });
  for (let turns = 0; ran.length < 5000 && turns < 5000; turns++) await turn();
  expect(ran).toEqual(Array.from({ length: 5000 }, (_, i) => i));
});

it('few go on at once, the others wait for a slice, and after one few do again', async () => {
  const queue = new TurnQueue();
  const admitted = () => Array.from({ length: 5 }, () => queue.admits());
  expect(admitted()).toEqual([true, true, false, false, false]);
  await turn();
  expect(queue.admits()).toBe(false); // nobody was put off, so there is no slice to wait for
  queue.push({ run() {} });
  await turn();
  expect(admitted()).toEqual([true, true, false, false, false]);
});

it('who goes on without the queue has the slice of its turn, too', async () => {
  const queue = new TurnQueue();
  expect(queue.enough()).toBe(false);
  spin(1.1);
  expect(queue.enough()).toBe(true);
  await turn();
  expect(queue.enough()).toBe(false);
});
