import { describe, expect, it } from 'vitest';
import { renderAnnotations } from '../../src/reports/annotations.js';
import { escapeMarkdown, renderMarkdown } from '../../src/reports/markdown.js';
import type { RunReport } from '../../src/reports/model.js';
import { gateSample, hostile, sample } from './sample.js';

describe('Markdown', () => {
  const lines = renderMarkdown(sample).split('\n');

  it('says the verdict first', () => {
    expect(lines[0]).toBe('## halfopen: ❌ fail');
    expect(renderMarkdown({ ...sample, interrupted: true })).toMatch(/^## halfopen: ⚠️ interrupted/);
  });

  it('has a grid of scenarios by targets', () => {
    const from = lines.indexOf('| scenario | native | node-http (control) |');
    expect(lines.slice(from + 1, from + 5)).toEqual([
      '| --- | --- | --- |',
      '| plain | ✅ pass | ✅ pass |',
      '| fin-idle | ❌ fail | ❌ fail |',
      '| storm | ⚠️ unclear | ➖ skipped |',
    ]);
  });

  it('lists what our own targets did not pass', () => {
    expect(lines.filter((line) => line.startsWith('- '))).toHaveLength(3);
    expect(lines.join('\n')).toContain('- ❌ fail **fin-idle** on native: expected notice\\_app\\_ms{cut:fin}');
  });

  it('folds the figures away, with blank lines so that GitHub shows them as text', () => {
    const from = lines.indexOf('<details><summary>Figures</summary>');
    expect(lines[from + 1]).toBe('');
    expect(lines[from + 2]).toMatch(/^ {4}/);
  });

  it('leaves out what there is nothing to say about', () => {
    const bare = renderMarkdown({ ...sample, results: [], verdict: 'inconclusive' });
    expect(bare).not.toContain('Not passed');
    expect(bare).toContain('| plain | not run | not run |');
  });

  it('keeps text from being markup', () => {
    expect(escapeMarkdown(hostile)).toBe(
      'a &lt;b&gt; &amp; "c" \'d\' \\| \\*e\\* \\`f\\` &#64;g 100%, h: i next\u0000line',
    );
  });
});

it('a gate shows what decided, and what was counted', () => {
  const counts = [{ name: 'copied', title: 'copied by the parser', unit: 'bytes', base: 100, cand: 150 }];
  const shown = renderMarkdown({ ...gateSample, gate: { ...gateSample.gate!, counts } });
  expect(shown).toContain('| server CPU per request | +7.1 % | +5.0 % … +9.0 % |');
  expect(shown).toContain(
    'Counted, not timed\n\n|  | baseline | candidate | change |\n| --- | ---: | ---: | ---: |\n| copied by the parser, bytes | 100 | 150 | +50.0 % |',
  );
  expect(renderMarkdown(gateSample)).not.toContain('Counted');
});

describe('annotations', () => {
  it('are one command a complaint, errors first', () => {
    const found = renderAnnotations(sample);
    expect(found.map((line) => line.split('::')[1])).toEqual([
      'error title=fin-idle on native',
      'warning title=fin-idle on native',
      'warning title=storm on native',
    ]);
  });

  it('stay on one line, with percent signs escaped', () => {
    const [first] = renderAnnotations(sample);
    expect(first).toContain('100%25, h: i%0Anext');
    expect(first).not.toContain('\n');
  });

  it('are summed up beyond what is shown', () => {
    const [failing] = sample.results.filter(({ problem }) => problem?.includes('oops'));
    const many: RunReport = {
      ...sample,
      results: Array.from({ length: 14 }, (_, i) => ({ ...failing!, scenario: `a:${i}` })),
    };
    const found = renderAnnotations(many);
    expect(found).toHaveLength(10);
    expect(found[0]).toContain('title=a%3A0 on native');
    expect(found.at(-1)).toBe('::warning title=halfopen::5 more like these');
  });

  it('are none for a pass, and one when nothing was judged', () => {
    const nothing = { ...sample, results: [] };
    expect(renderAnnotations({ ...nothing, verdict: 'pass' })).toEqual([]);
    expect(renderAnnotations({ ...nothing, verdict: 'inconclusive' })).toEqual([
      '::warning title=halfopen::verdict: inconclusive',
    ]);
  });
});
