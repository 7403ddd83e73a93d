/** The C++ targets under clang's libFuzzer, through native/test/Makefile. */
import { spawn, spawnSync } from 'node:child_process';

const folder = new URL('../../native/test', import.meta.url).pathname;

export function libFuzzerTarget(name, summary) {
  return {
    summary: `${summary} (C++)`,
    unavailable() {
      const compiler = process.env.CLANG ?? 'clang++';
      const { error } = spawnSync(compiler, ['--version']);
      return error
        ? `no ${compiler}: the C++ targets need clang with libFuzzer (Debian: clang, libclang-rt-14-dev)`
        : null;
    },
    run: (options) => run(name, options),
  };
}

async function run(name, { seconds, seed, cases, files }) {
  const make = (target, ...more) => ['-s', '-C', folder, target, `FUZZ_TARGETS=${name}`, ...more];
  // Nothing shorter, as libFuzzer takes 0 for no limit.
  const limits = [`FUZZ_SECONDS=${Math.ceil(seconds)}`, `FUZZ_SEED=${seed}`];
  if (Number.isFinite(cases)) limits.push(`FUZZ_RUNS=${cases}`);
  if (files.length > 0) limits.push(`FUZZ_FILES=${files.join(' ')}`);
  const child = spawn('make', make('fuzz', ...limits), { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (text) => {
      output += text;
    });
  const code = await new Promise((resolve) => child.on('close', resolve));
  const executions = Number(/number_of_executed_units: (\d+)/.exec(output)?.[1] ?? files.length);
  return { executions, findings: code === 0 ? [] : [`${name}\n${output.trim().split('\n').slice(-25).join('\n')}`] };
}
