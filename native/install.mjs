// Builds the addon when the package is installed. Without a compiler the install still succeeds: the node engine
// serves instead, and says so once when it starts.
import { spawnSync } from 'node:child_process';

if (process.platform !== 'linux') {
  console.log('halfopen: the native engine is for Linux; the node engine will serve here.');
  process.exit(0);
}
const built = spawnSync('node-gyp', ['rebuild', '--silent', '--jobs=max'], { stdio: 'inherit', shell: true });
if (built.status !== 0) {
  console.warn(
    'halfopen: the native engine could not be built (it needs a C++20 compiler, make and python3).\n' +
      'halfopen: the node engine will serve. After installing a compiler: npm rebuild halfopen',
  );
}
