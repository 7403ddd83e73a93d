import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = resolve(import.meta.dirname, '..');

interface Source {
  /** Relative to the repository, e.g. `src/gateway/core.ts`. */
  readonly path: string;
  readonly text: string;
  /** What it imports: packages as they are, own files relative to the repository. */
  readonly imports: readonly string[];
}

function sources(folder: string): Source[] {
  const names = readdirSync(join(ROOT, folder), { recursive: true }) as string[];
  return names.filter((name) => name.endsWith('.ts')).map((name) => source(join(folder, name)));
}

function source(path: string): Source {
  const text = readFileSync(join(ROOT, path), 'utf8');
  const code = withoutComments(text);
  const specifiers = [...code.matchAll(/\b(?:from|import)\s*\(?\s*['"]([^'"]+)['"]/g)].map((match) => match[1]!);
  const imports = specifiers.map((each) =>
    each.startsWith('.') ? relative(ROOT, resolve(ROOT, dirname(path), each)).replace(/\.js$/, '.ts') : each,
  );
  return { path, text: code, imports };
}

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|\s)\/\/.*$/gm, '$1');
}

const SRC = sources('src');
const inFolder = (...folders: string[]) =>
  SRC.filter(({ path }) => folders.some((each) => path.startsWith(`src/${each}/`)));

/** The imports that break an arrow, as `importer → imported`. */
function breaches(importers: readonly Source[], forbidden: (imported: string, importer: Source) => boolean): string[] {
  return importers.flatMap((importer) =>
    importer.imports.filter((each) => forbidden(each, importer)).map((each) => `${importer.path} → ${each}`),
  );
}

describe('who may import whom', () => {
  it('the sources are found, and their imports', () => {
    const exchange = SRC.find(({ path }) => path === 'src/gateway/exchange.ts');
    expect(exchange?.imports).toContain('src/gateway/pumps.ts');
    expect(SRC.find(({ path }) => path === 'src/cli/main.ts')?.imports).toContain('src/cli/serve.ts');
  });

  it('gateway, engines and adapters know nothing of the testbed', () => {
    const testbed =
      /^(src\/(faults|traffic|targets|probes|measures|gates|reports|ledger|soak|runner|duel|cli)\/|src\/testbed\.ts|scenarios\/|halfopen)/;
    expect(breaches(inFolder('gateway', 'engines', 'adapters'), (each) => testbed.test(each))).toEqual([]);
  });

  it('the gateway reaches engines through serve() and the interface alone', () => {
    const allowed = (each: string, importer: Source) =>
      importer.path === 'src/gateway/serve.ts' || each === 'src/engines/engine.ts';
    expect(breaches(inFolder('gateway'), (each, from) => /^src\/engines\//.test(each) && !allowed(each, from))).toEqual(
      [],
    );
  });

  it('the gateway reaches adapters through serve() alone', () => {
    const others = inFolder('gateway').filter(({ path }) => path !== 'src/gateway/serve.ts');
    expect(breaches(others, (each) => /^src\/adapters\//.test(each))).toEqual([]);
  });

  const pure = inFolder('measures', 'gates', 'reports', 'ledger');
  it('measures, gates, reports and ledger do no I/O', () => {
    const io = /^(node:)?(fs|net|http|https|child_process|timers|perf_hooks|dgram|worker_threads|readline)(\/|$)/;
    expect(breaches(pure, (each) => io.test(each))).toEqual([]);
  });

  it('measures, gates, reports and ledger read no clock', () => {
    const clock = /\bDate\.now\b|\bnew Date\(\)|\bperformance\.|\bhrtime\b|\bset(Timeout|Interval|Immediate)\(/;
    expect(pure.filter(({ text }) => clock.test(text)).map(({ path }) => path)).toEqual([]);
  });

  it('nothing in src imports tests or scenarios', () => {
    expect(breaches(SRC, (each) => /^(test|scenarios)\//.test(each) || each === 'vitest')).toEqual([]);
  });

  it('only the two users of the addon use it; others may ask whether it is there', () => {
    const users = ['src/addon.ts', 'src/engines/native.ts', 'src/traffic/client.ts'];
    const others = SRC.filter(({ path, imports }) => imports.includes('src/addon.ts') && !users.includes(path));
    expect(others.filter(({ text }) => /\b(FaultClient|Engine)\b/.test(text)).map(({ path }) => path)).toEqual([]);
    const loads = /process\.dlopen|\.node['"`]/;
    expect(SRC.filter(({ text }) => loads.test(text)).map(({ path }) => path)).toEqual(['src/addon.ts']);
  });
});
