import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';

const module = JSON.stringify(new URL('../../dist/cli/helper-threads.js', import.meta.url).href);

/** Nice values of a process's threads after it was told, the main thread's first. */
function niceness(cores: number): number[] {
  const program = `
    import { readdirSync, readFileSync } from 'node:fs';
    import { keepHelpersBehind } from ${module};
    const told = keepHelpersBehind(${cores});
    // The 19th field, the 17th behind the name, which is in brackets.
    const nice = (id) => Number(readFileSync('/proc/self/task/' + id + '/stat', 'utf8').split(') ').at(-1).split(' ')[16]);
    const others = readdirSync('/proc/self/task').map(Number).filter((id) => id !== process.pid);
    if (told !== 0 && told !== others.length) throw new Error(told + ' of ' + others.length);
    console.log(JSON.stringify([process.pid, ...others].map(nice)));`;
  const flags = ['--input-type=module', '-e', program];
  return JSON.parse(execFileSync(process.execPath, flags, { encoding: 'utf8', timeout: 20_000 }));
}

it.skipIf(process.platform !== 'linux')('with one core, all threads but the one that serves step back', () => {
  const [serving, ...helpers] = niceness(1);
  expect(helpers.length).toBeGreaterThan(0);
  expect(helpers.map((nice) => nice - serving!)).toEqual(helpers.map(() => 10));
});

it.skipIf(process.platform !== 'linux')('with more cores all stay equals', () => {
  expect(new Set(niceness(2)).size).toBe(1);
});
