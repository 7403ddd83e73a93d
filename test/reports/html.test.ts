import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { anchor } from '../../src/reports/html/markup.js';
import { renderHtml } from '../../src/reports/html.js';
import { sample } from './sample.js';

const page = renderHtml(sample);

describe('the page', () => {
  it('needs nothing from elsewhere, and runs nothing', () => {
    expect(page).not.toMatch(/<script|<link[^>]*href="(?!data:)|src=|url\(|@import|https?:/);
    expect(page).toContain("default-src 'none'");
  });

  it('keeps text from being markup', () => {
    expect(page).toContain('a &lt;b&gt; &amp; &quot;c&quot;');
    expect(page).toContain('the server did not start: &lt;oops&gt;');
    expect(page).not.toMatch(/<b>|<oops>/);
  });

  it('has a grid whose cells lead to what they stand for', () => {
    const links = [...page.matchAll(/href="#([^"]+)"/g)].map((match) => match[1]!);
    const ids = new Set([...page.matchAll(/id="([^"]+)"/g)].map((match) => match[1]!));
    expect(links.length).toBeGreaterThan(8);
    expect(links.filter((link) => !ids.has(link))).toEqual([]);
    expect(anchor('a b', 'ä"')).toBe('a_20b--_e4_22');
  });

  it('draws distributions and rounds, each with its table', () => {
    const figures = page.match(/<figure>.*?<\/figure>/gs)!;
    expect(figures).toHaveLength(3);
    expect(figures.every((figure) => figure.includes('<table>'))).toBe(true);
    expect(figures.filter((figure) => figure.includes('role="img"'))).toHaveLength(2);
    expect(page).toContain('p99 limit 0.2');
    expect(page).not.toMatch(/NaN|Infinity|undefined/);
  });

  it('says what does not count, and the known limits', () => {
    expect(page).toContain('3 excluded, the fault did not take place: the cut did not happen');
    expect(page).toContain('known limit instead of x: y');
    expect(page).toContain('others took up to 30 % of the cores');
  });

  it('closes what it opens', () => {
    const open: string[] = [];
    for (const [, end, name, alone] of page.matchAll(/<(\/?)([a-z][a-z0-9]*)[^>]*?(\/?)>/g)) {
      if (alone || /^(meta|link|br)$/.test(name!)) continue;
      if (end) expect(open.pop()).toBe(name);
      else open.push(name!);
    }
    expect(open).toEqual([]);
  });

  it('shows a run without results', () => {
    expect(renderHtml({ ...sample, results: [], interrupted: true })).toContain('>interrupted<');
  });
});

const chromium = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);

describe.skipIf(!chromium)('in a browser', () => {
  it('parses to the same document, without a word on the console', () => {
    const directory = mkdtempSync(join(tmpdir(), 'halfopen-html-'));
    try {
      const file = join(directory, 'page.html');
      writeFileSync(file, page);
      const flags = [
        '--headless',
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-sync',
      ];
      const quiet = [
        '--disable-background-networking',
        '--disable-component-update',
        `--user-data-dir=${directory}/profile`,
      ];
      const found = spawnSync(
        chromium!,
        [...flags, ...quiet, '--enable-logging=stderr', '--dump-dom', `file://${file}`],
        {
          encoding: 'utf8',
          timeout: 30_000,
        },
      );
      if (found.error) throw new Error(`the browser did not show the page: ${found.error.message}`);
      expect(found.stdout.match(/<svg[^>]*role="img"/g)).toHaveLength(2);
      expect(found.stdout).toContain('Verdicts, scenario by target');
      expect(found.stderr).not.toMatch(/CONSOLE/);
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  }, 40_000);
});
