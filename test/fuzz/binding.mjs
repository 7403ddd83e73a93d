/** The addon called with anything at all: every wrong call throws, none ends the process. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';

const child = new URL('./binding-child.mjs', import.meta.url).pathname;
const addon = process.env.HALFOPEN_ADDON ?? new URL('../../build/Release/halfopen.node', import.meta.url).pathname;
const callsAProcess = 3000;

export const summary = 'the addon called with values of any type: wrong calls throw, none ends the process';

/** Why this cannot run here, or null. */
export function unavailable() {
  return existsSync(addon) ? null : 'the addon is not built (npm run build:native)';
}

/** @param {{ seed: number, seconds: number, cases: number }} options the first limit reached ends it */
export async function run({ seed, seconds, cases }) {
  const findings = [];
  const end = performance.now() + seconds * 1000;
  let executions = 0;
  while (findings.length === 0 && executions < cases && performance.now() < end) {
    const calls = Math.min(callsAProcess, cases - executions);
    const why = await oneProcess(seed, calls);
    executions += calls;
    if (why) findings.push(`${why}\n  again: npm run fuzz binding -- --seed ${seed} --cases ${calls}`);
    seed++;
  }
  return { executions, findings };
}

/** @returns what went wrong, or null */
async function oneProcess(seed, calls) {
  const args = ['--expose-gc', child, addon, String(seed), String(calls)];
  const running = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'], timeout: 60_000 });
  let said = '';
  running.stderr.on('data', (text) => {
    said = (said + text).slice(-2000);
  });
  const [code, signal] = await new Promise((resolve) => running.on('close', (...how) => resolve(how)));
  return code === 0 ? null : `the process ended with ${signal ?? code}: ${said.trim()}`;
}
