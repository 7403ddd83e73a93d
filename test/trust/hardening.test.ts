/** Is the addon that was built here as hard as docs/trust.md says: asked of the binary, and of the flags it is built with? */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');
const addon = join(root, 'build/Release/halfopen.node');

function readelf(...args: string[]): string {
  return spawnSync('readelf', ['-W', ...args], { encoding: 'utf8', maxBuffer: 2 ** 26 }).stdout ?? '';
}

function whyNot(): string | null {
  if (!existsSync(addon)) return 'the addon is not built';
  return spawnSync('readelf', ['--version']).error ? 'readelf of binutils is not installed' : null;
}

const missing = whyNot();

describe.skipIf(missing !== null)(`the addon's binary${missing ? ` (skipped: ${missing})` : ''}`, () => {
  it('full RELRO: relocations are done at the start, and read-only from then on', () => {
    expect(readelf('-l', addon)).toMatch(/^ *GNU_RELRO /m);
    expect(readelf('-d', addon)).toMatch(/\(FLAGS\) +.*BIND_NOW/);
  });

  it('no memory is both writable and executable: neither the stack nor a segment', () => {
    const headers = readelf('-l', addon);
    expect(/^ *GNU_STACK .* (R\S*)\s+0x\S+$/m.exec(headers)?.[1]).toBe('RW');
    const loads = headers.split('\n').filter((line) => /^ *LOAD /.test(line));
    expect(loads.length).toBeGreaterThan(1);
    for (const line of loads) expect(line).not.toMatch(/ RWE | WE /);
    expect(readelf('-d', addon)).not.toContain('TEXTREL');
  });

  it('nothing is looked for in folders of its own', () => {
    expect(readelf('-d', addon)).not.toMatch(/R(UN)?PATH/);
  });

  it('exports what Node.js looks for, and nothing else', () => {
    const symbols = readelf('--dyn-syms', addon)
      .split('\n')
      .map((line) => line.trim().split(/\s+/));
    const exported = symbols.filter(([, , , , bind, , index]) => /GLOBAL|WEAK/.test(bind ?? '') && index !== 'UND');
    expect(exported.map((symbol) => symbol[7]).sort()).toEqual([
      'napi_register_module_v1',
      'node_api_module_get_api_version_v1',
    ]);
  });

  it('stack protector and _FORTIFY_SOURCE are at work', () => {
    const symbols = readelf('--dyn-syms', addon);
    expect(symbols).toContain('__stack_chk_fail');
    expect(symbols).toMatch(/\b__\w+_chk\b/);
  });

  const objects = join(root, 'build/Release/obj.target/halfopen/native');
  const own = existsSync(objects)
    ? (readdirSync(objects, { recursive: true }) as string[]).filter((name) => name.endsWith('.o'))
    : [];
  // The C library's start files decide about the mark of the whole; what is ours has it.
  const marked = process.arch === 'x64' && own.length > 0;
  it.skipIf(!marked)('every object of ours is marked for CET: indirect branches and shadow stack', () => {
    for (const name of own) expect(readelf('-n', join(objects, name)), name).toMatch(/IBT, SHSTK/);
  });
});

describe('binding.gyp', () => {
  const text = readFileSync(join(root, 'binding.gyp'), 'utf8');

  it.each([
    '-Wall',
    '-Wextra',
    '-Wconversion',
    '-Wshadow',
    '-fno-exceptions',
    '-fno-rtti',
    '-fvisibility=hidden',
    '-fstack-protector-strong',
    '-fstack-clash-protection',
    '-fcf-protection',
    '_FORTIFY_SOURCE=3',
    '_GLIBCXX_ASSERTIONS',
    '-Wl,-z,relro,-z,now,-z,noexecstack',
    '-Wl,--version-script=<(module_root_dir)/native/exports.map',
  ])('builds with %s', (flag) => {
    expect(text).toContain(`"${flag}"`);
  });

  it('the native tests are built with warnings as errors', () => {
    const makefile = readFileSync(join(root, 'native/test/Makefile'), 'utf8');
    expect(makefile).toMatch(/^STRICT := .*-fno-exceptions -fno-rtti -Wall -Wextra -Wconversion -Wshadow -Werror/m);
  });
});
