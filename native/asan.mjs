// `npm run test:asan [vitest arguments]`: builds the addon with AddressSanitizer and UndefinedBehaviorSanitizer and runs
// the test suite on it. A finding aborts the process it is in, which fails the test.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const run = (command, args, env = {}) => {
  const { status } = spawnSync(command, args, { cwd: root, stdio: 'inherit', env: { ...process.env, ...env } });
  if (status !== 0) process.exit(status ?? 1);
};
const library = (name) => {
  const { stdout } = spawnSync('g++', [`-print-file-name=${name}`], { encoding: 'utf8' });
  if (!stdout?.trim().startsWith('/'))
    throw new Error(`${name} was not found: g++ with its sanitizer libraries is needed`);
  return stdout.trim();
};

run('node-gyp', ['configure', 'build', '--debug', '--silent', '--jobs=max']);
run('node_modules/.bin/vitest', ['run', ...process.argv.slice(2)], {
  HALFOPEN_ADDON: `${root}build/Debug/halfopen.node`,
  // The runtime must come first in a process that was not built with it; leaks are Node's own at exit.
  LD_PRELOAD: library('libasan.so'),
  ASAN_OPTIONS: 'detect_leaks=0:abort_on_error=1:detect_stack_use_after_return=0',
  UBSAN_OPTIONS: 'print_stacktrace=1:halt_on_error=1',
  HALFOPEN_SANITIZED: '1',
});
