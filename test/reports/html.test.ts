import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { intervalsOf } from '../../src/gates/statistics/quantile-interval.js';
import { histogramOf } from '../../src/measures/histogram.js';
import { nanosecondsAsMs, values } from '../../src/measures/measure.js';
import { anchor } from '../../src/reports/html/markup.js';
import { renderHtml } from '../../src/reports/html.js';
import type { MeasureResult, RunReport } from '../../src/reports/model.js';
import { renderTerminal } from '../../src/reports/terminal.js';
import { validRun } from '../../src/reports/validate.js';
import { chromium, type Opened, open } from './browser.js';
import { gateSample, sample } from './sample.js';

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

  it('says between which ends the true figure lies, as far as they are known', () => {
    const [first, ...others] = sample.results;
    const given: Partial<MeasureResult>[] = [
      { series: values([1, 2, 3]), intervals: { p50: [1.5, 2.5], p99: [2.25, null] } },
      { series: { kind: 'count', count: 3, of: 200 }, intervals: { share: [0.0031, 0.0433] } },
      { series: values([4, 4]), intervals: { p50: [null, null] } },
    ];
    const measures = given.map((each, i) => ({ ...first!.measures[0]!, name: `m${i}`, ...each }));
    const shown = renderHtml({ ...sample, results: [{ ...first!, measures }, ...others] });
    expect(shown).toContain('<td>2 (1.5 … 2.5)</td><td>3 (2.25 … )</td>');
    expect(shown).toContain('<td>3 (0.31 … 4.33 %)</td><td>200</td>');
    expect(shown).toContain('<td>4</td>');
  });

  it('says what does not count, and the known limits', () => {
    expect(page).toContain('3 samples excluded, the fault did not take place: the cut did not happen');
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

const measure = (name: string, label: string, value: string, ms: readonly number[]): MeasureResult => ({
  ...{ name, title: name, detail: true, unit: 'ms', better: 'lower', what: 'for tests' },
  ...{ labels: { cut: 'fin', [label]: value }, series: values(ms) },
});
const withMeasures = (measures: readonly MeasureResult[]): RunReport => ({
  ...sample,
  results: sample.results.map((result) => (result.scenario === 'fin-idle' ? { ...result, measures } : result)),
});

describe('the chain of a cut', () => {
  const hops = [
    ...[
      measure('hop_ms', 'hop', 'cut-kernel', [0.01, 0.02, 0.03]),
      measure('hop_ms', 'hop', 'kernel-app', [0.1, 0.2, 0.3]),
    ],
    measure('hop_ms', 'hop', 'app-released', [0.05]),
  ];
  const [figure] = renderHtml(withMeasures(hops)).match(/<figure class="wide">.*?<\/figure>/s)!;

  it('lays the medians of its hops end to end, a row for each target', () => {
    const boxes = [...figure!.matchAll(/<rect class="s(\d)" x="([\d.]+)" y="(\d+)" width="([\d.]+)" height="14"/g)];
    const [first, second] = [boxes.slice(0, 3), boxes.slice(3)].map((row) =>
      row.map((box) => box.slice(1).map(Number)),
    );
    expect(first!.map(([colour]) => colour)).toEqual([0, 2, 3]);
    expect(second!.map(([colour]) => colour)).toEqual([0, 2, 3]);
    for (const i of [0, 1]) expect(first![i]![1]! + first![i]![3]!).toBeCloseTo(first![i + 1]![1]!, 0);
    expect(first![1]![3]! / first![0]![3]!).toBeCloseTo(10, 0);
  });

  it('says so where a target does not tell a hop', () => {
    const cells = ['native, fin', '0.02 / 0.03', 'not told', '0.2 / 0.3', '0.05 / 0.05'];
    const text = figure!.replace(/<[^>]+>/g, '|').replace(/\|+/g, '|');
    expect(text).toContain(cells.join('|'));
  });
});

describe('the back-off timeline', () => {
  const waits = Array.from({ length: 12 }, (_, i) => [
    measure('wait_ms', 'n', String(i + 1), [2 ** i, 2 ** i + 1]),
    measure('declared_wait_ms', 'n', String(i + 1), [2 ** i]),
  ]).flat();
  // Labels that sort otherwise as text: 10 comes before 2.
  const [figure] = renderHtml(withMeasures(waits.reverse())).match(/<figure class="wide">.*?<\/figure>/s)!;

  it('sets every wait beside the declared one, in order', () => {
    expect(figure!.match(/class="declared"/g)).toHaveLength(2 * 12);
    const dots = [...figure!.matchAll(/<circle class="s0" cx="([\d.]+)" cy="([\d.]+)"/g)].map((dot) =>
      dot.slice(1).map(Number),
    );
    expect(dots).toHaveLength(12);
    expect(dots.map(([x]) => x)).toEqual(dots.map(([x]) => x).toSorted((a, b) => a! - b!));
    expect(dots.map(([, y]) => y)).toEqual(dots.map(([, y]) => y).toSorted((a, b) => b! - a!));
  });

  it('has its table', () => {
    const text = figure!.replace(/<[^>]+>/g, '|').replace(/\|+/g, '|');
    expect(text).toContain('native, wait 12|2,048|2,048|2,049');
  });
});

it('a gate shows its reasons and its sessions', () => {
  const gated = renderHtml(gateSample);
  expect(gated).toContain('cpu_us_per_request became slower');
  expect(gated).toContain('main &lt;1a2b3c4d5&gt; against .');
  expect(gated.replace(/<[^>]+>/g, '|').replace(/\|+/g, '|')).toContain(
    'server CPU per request|+7.1 %|+5.0 % … +9.0 %|2.0 %|5.0 %|3.0 %|32|fail',
  );
  expect(gated).not.toMatch(/NaN|Infinity|undefined/);
});

describe('figures that are lower bounds', () => {
  const plainText = (html: string): string => html.replace(/<[^>]+>/g, '|').replace(/\|+/g, '|');
  const doubted: RunReport = {
    ...sample,
    results: sample.results.map((result) => ({
      ...result,
      measures: result.measures.map((each) =>
        each.name === 'requests_per_second' && result.target === 'native' ? { ...each, doubt: 'why <so>' } : each,
      ),
    })),
  };

  it('carry their sign, as in the terminal, and say why', () => {
    const [text, terminal] = [plainText(renderHtml(doubted)), renderTerminal(doubted, { coloured: false, width: 100 })];
    expect(terminal).toMatch(/requests per second, \/s +≥ 1,000 ×3.23 +310/);
    expect(text).toContain('|native|≥ 1,000|≥ 1,100|≥ 1,100|3|');
    expect(text).toMatch(/\|node-http\|310\|320\|320\|3\|/);
    expect(text).toContain('≥: why &lt;so&gt;');
    expect(plainText(page)).not.toContain('≥');
  });

  it('are those of a histogram’s last bucket, which holds whatever is larger; its largest is exact', () => {
    const ns = Array.from({ length: 1000 }, (_, i) => (i < 900 ? 1e6 : 1e11));
    const long = { ...measure('notice_app_ms', 'cut', 'rst', []), series: nanosecondsAsMs(histogramOf(ns)) };
    const { detail: _, ...shown } = long;
    const run = withMeasures([shown]);
    expect(plainText(renderHtml(run))).toContain('rst|1|≥ 68,787|100,000|1,000|');
    expect(renderTerminal(run, { coloured: false, width: 100 })).toContain('1 / ≥ 68,787');
  });

  it('are there in the chain and in the timeline, too', () => {
    const hops = [{ ...measure('hop_ms', 'hop', 'kernel-app', [0.1, 0.2]), doubt: 'why' }];
    const waits = [{ ...measure('wait_ms', 'n', '1', [1, 2]), doubt: 'why' }];
    const text = plainText(renderHtml(withMeasures([...hops, ...waits])));
    expect(text).toContain('≥ 0.1 / ≥ 0.2');
    expect(text).toContain('native, wait 1|–|≥ 1|≥ 2');
  });
});

/**
 * Forty scenarios on fourteen servers, made of a run as it was stored: in each cell eight distributions of a thousand observations
 * with their intervals and a chain; a quarter of the scenarios with a timeline of twelve waits.
 */
function fullGrid(): RunReport {
  const golden = validRun(JSON.parse(readFileSync(join(import.meta.dirname, 'golden/run-1.json'), 'utf8')));
  const targets = Array.from({ length: 14 }, (_, i) => ({ ...golden.targets[i % 2]!, name: `server-${i}` }));
  const scenarios = Array.from({ length: 40 }, (_, i) => ({ ...golden.scenarios[i % 3]!, name: `scenario-${i}` }));
  const ms = Array.from({ length: 1000 }, (_, i) => 0.1 + ((i * 7919) % 1000) / 7);
  const sized = (each: MeasureResult): MeasureResult => ({ ...each, intervals: intervalsOf(each.series) });
  const many = Array.from({ length: 8 }, (_, i) =>
    sized({ ...measure(`figure_${i}_ms`, 'cut', 'rst', ms), title: `figure ${i}` }),
  );
  const hops = ['cut-kernel', 'kernel-app', 'app-released'].map((hop) => sized(measure('hop_ms', 'hop', hop, ms)));
  const waits = Array.from({ length: 12 }, (_, i) => [
    measure('wait_ms', 'n', String(i + 1), ms),
    measure('declared_wait_ms', 'n', String(i + 1), [2 ** i]),
  ]).flat();
  const results = scenarios.flatMap(({ name }, row) =>
    targets.map((target, column) => ({
      ...golden.results[(row + column) % golden.results.length]!,
      ...{ scenario: name, target: target.name },
      measures: [...many, ...hops, ...(row % 4 === 0 ? waits : [])],
    })),
  );
  return { ...golden, targets, scenarios, results };
}

describe('a full grid, fourteen servers by forty scenarios', () => {
  const grid = renderHtml(fullGrid());

  it('stays below 3 MB', () => {
    expect(Buffer.byteLength(grid)).toBeLessThan(3e6);
  });

  it.skipIf(!chromium)(
    'opens at once, and asks for nothing else',
    async () => {
      const directory = mkdtempSync(join(tmpdir(), 'halfopen-grid-'));
      try {
        const file = join(directory, 'grid.html');
        writeFileSync(file, grid);
        // The machine may be busy; what a page is slow by, it is slow by each time.
        const opened: Opened[] = [];
        while (opened.length < 3 && !(opened.at(-1)! && opened.at(-1)!.loadMs < 1000)) opened.push(await open(file));
        const best = Math.min(...opened.map(({ loadMs }) => loadMs));
        console.log(`a full grid: ${(Buffer.byteLength(grid) / 1e6).toFixed(2)} MB, open after ${Math.round(best)} ms`);
        expect(opened[0]!.requests.filter((url) => !url.startsWith('data:'))).toEqual([`file://${file}`]);
        expect(opened[0]!.said).toEqual([]);
        expect(opened[0]!.cells).toBe(14 * 40);
        expect(best).toBeLessThan(5000);
      } finally {
        rmSync(directory, { recursive: true, force: true });
      }
    },
    120_000,
  );
});

describe.skipIf(!chromium)('in a browser', () => {
  const hops = ['cut-kernel', 'kernel-app'].map((hop) => measure('hop_ms', 'hop', hop, [0.1, 0.2]));
  const waits = ['1', '2'].flatMap((n) => [
    measure('wait_ms', 'n', n, [1, 2]),
    measure('declared_wait_ms', 'n', n, [1]),
  ]);
  const rich = renderHtml({ ...withMeasures([...hops, ...waits]), gate: gateSample.gate! });

  it.each([
    ['a run', page, 2],
    ['a gate, with chain and timeline', rich, 3],
  ])(
    '%s parses to the same document, without a word on the console',
    (_, shown, plots) => {
      const directory = mkdtempSync(join(tmpdir(), 'halfopen-html-'));
      try {
        const file = join(directory, 'page.html');
        writeFileSync(file, shown);
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
        expect(found.stdout.match(/<svg[^>]*role="img"/g)).toHaveLength(plots);
        expect(found.stdout).toContain('Verdicts, scenario by target');
        expect(found.stderr).not.toMatch(/CONSOLE/);
      } finally {
        rmSync(directory, { recursive: true, force: true });
      }
    },
    40_000,
  );
});
