import { describe, expect, it } from 'vitest';
import type { RunReport } from '../../src/reports/model.js';
import { renderTerminal } from '../../src/reports/terminal.js';
import { bar, measure, result, runReport } from '../support/run-report.js';

const render = (report: RunReport): string => renderTerminal(report, { coloured: false, width: 100 });
const lineWith = (text: string, part: string): string => text.split('\n').find((line) => line.includes(part)) ?? '';

describe('the report for a terminal', () => {
  it('starts with the verdict, counted over the own targets', () => {
    const results = [
      result(),
      result({ scenario: 'two', verdict: 'fail' }),
      result({ target: 'node-http', verdict: 'fail' }),
    ];
    const [first] = render(runReport(results, { verdict: 'fail', exitCode: 11 })).split('\n');
    expect(first).toMatch(/^FAIL {2}1 fail, 1 pass on native · default run of 12 s, seed 7$/);
  });

  it('says when it was interrupted, and when it broke', () => {
    expect(render(runReport([result()], { interrupted: true, exitCode: 130 }))).toMatch(/^INTERRUPTED/);
    expect(render(runReport([result()], { exitCode: 1 }))).toMatch(/^THE TESTBED FAILED/);
  });

  it('has a grid of scenarios and targets, with gaps where nothing was run', () => {
    const text = render(runReport([result(), result({ scenario: 'two', target: 'node', verdict: 'inconclusive' })]));
    expect(lineWith(text, 'one ')).toMatch(/one\s+pass\s+not run/);
    expect(lineWith(text, 'two ')).toMatch(/two\s+not run\s+unclear/);
  });

  it('gives expected and actual of every bar that is not a pass', () => {
    const failed = bar({ verdict: 'fail', actual: 7.25, detail: 'beyond the limit' });
    const text = render(runReport([result({ verdict: 'fail', bars: [bar({ text: 'fine max < 9' }), failed] })]));
    expect(text).toContain('FAIL  one on native: expected m max < 5, got 7.25 ms of 3 samples');
    expect(text).not.toContain('fine max');
  });

  it('keeps what the control failed apart', () => {
    const text = render(runReport([result(), result({ target: 'node-http', bars: [bar({ verdict: 'fail' })] })]));
    expect(text).not.toContain('Not passed');
    expect(text).toMatch(/Findings about the control.*\n.*one on node-http/);
  });

  it('states a known limit with its reason, also when the replaced bar holds', () => {
    const knownLimit = { original: 'm max < 1', reason: 'it cannot be faster' };
    const text = render(runReport([result({ bars: [bar({ knownLimit })] })]));
    expect(text).toContain('one on native: m max < 1 is judged by m max < 5: it cannot be faster');
  });

  it('counts excluded samples in the open, and says a remark about several results once', () => {
    const excluded = { 'connect-failed': 3 };
    const text = render(runReport([result({ excluded, notes: ['aha'] }), result({ target: 'node', notes: ['aha'] })]));
    expect(text).toContain('one on native: 3 samples excluded, the fault did not take place: connect-failed');
    expect(text.match(/aha/g)).toHaveLength(1);
  });

  it('says of which scenario on which target a remark is', () => {
    const notes = ['aha'];
    const [a, b] = [result({ notes }), result({ scenario: 'two', notes })];
    const text = render(runReport([a, b, result({ scenario: 'three', target: 'node', notes })]));
    expect(text).toContain('one, two on native; three on node: aha');
    expect(render(runReport([a, b]))).toContain('one, two: aha');
  });

  it('says when others used the cores', () => {
    const text = render(runReport([result({ disturbance: 0.34 }), result({ scenario: 'two' })]));
    expect(text).toContain('1 result of 2 disturbed: other processes used up to 34 %');
  });

  it('uses colour only when asked', () => {
    const report = runReport([result()]);
    expect(render(report)).not.toContain('\u001b');
    expect(renderTerminal(report, { coloured: true, width: 100 })).toContain('\u001b[32m');
  });
});

describe('the table of figures', () => {
  it('shows rounds by their median, a distribution by p50 and p99, a count out of its trials', () => {
    const many = Array.from({ length: 1000 }, (_, i) => i + 1);
    const measures = [
      measure({ name: 'a', title: 'rounds', series: { kind: 'values', values: [3, 1, 2] } }),
      measure({ name: 'b', title: 'spread', series: { kind: 'values', values: many } }),
      measure({ name: 'c', title: 'counted', series: { kind: 'count', count: 2, of: 64 } }),
      measure({ name: 'd', title: 'nothing', series: { kind: 'values', values: [] } }),
      measure({ name: 'e', title: 'aside', detail: true }),
    ];
    const text = render(runReport([result({ measures })]));
    expect(lineWith(text, 'rounds')).toMatch(/rounds, ms\s+2$/);
    expect(lineWith(text, 'spread')).toMatch(/spread, p50 \/ p99, ms\s+500 \/ 990$/);
    expect(lineWith(text, 'counted')).toMatch(/counted\s+2 of 64$/);
    expect(lineWith(text, 'nothing')).toMatch(/no data$/);
    expect(text).not.toContain('aside');
  });

  it('shows no 99th percentile of fewer than 300 samples', () => {
    const series = { kind: 'values', values: Array.from({ length: 299 }, () => 1) } as const;
    expect(render(runReport([result({ measures: [measure({ series })] })]))).toContain('1 / ? (299 samples)');
  });

  it('keeps series with different labels apart', () => {
    const measures = ['fin', 'rst'].map((cut) => measure({ labels: { cut } }));
    const text = render(runReport([result({ measures })]));
    expect(text).toContain('the figure (fin)');
    expect(text).toContain('the figure (rst)');
  });

  it('gives throughput as a multiple of the control’s in the same run', () => {
    const of = (target: string, value: number) =>
      result({ scenario: 'load', target, measures: [measure({ series: { kind: 'values', values: [value] } })] });
    const text = render(runReport([of('native', 3000), of('node-http', 2000)]));
    expect(lineWith(text, 'the figure')).toMatch(/3,000 ×1\.50\s+2,000$/);
    const elsewhere = render(
      runReport([result({ measures: [measure()] }), result({ target: 'node-http', measures: [measure()] })]),
    );
    expect(elsewhere).not.toContain('×1');
  });
});
