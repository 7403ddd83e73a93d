import { afterEach, describe, expect, it } from 'vitest';
import { gateProgress } from '../../src/cli/gate-progress.js';
import { progress, takesColour } from '../../src/cli/progress.js';
import { plainLine, Screen } from '../../src/cli/screen.js';
import type { Standing } from '../../src/duel/session.js';
import type { Verdict } from '../../src/gates/verdict.js';
import type { Result } from '../../src/reports/model.js';

/** A control sequence with its numbers and its letter, or one character. */
const sequences = new RegExp(`${'\u001b'}\\[([?\\d]*)([A-Za-z])|[\\s\\S]`, 'gu');

/** A terminal that does what is written on it, as far as the live view asks for it. */
class Terminal {
  text = '';
  readonly lines = [''];
  #row = 0;
  #column = 0;
  constructor(
    readonly isTTY: boolean,
    readonly columns = 80,
    readonly rows = 24,
  ) {}

  write(text: string): boolean {
    this.text += text;
    for (const [part, given = '', command] of text.matchAll(sequences)) this.#do(part, given, command);
    return true;
  }

  #do(part: string, given: string, command: string | undefined): void {
    if (command === 'A') this.#row -= Number(given);
    else if (command === 'K') this.lines[this.#row] = this.lines[this.#row]!.slice(0, this.#column);
    else if (command === 'J') this.lines.splice(this.#row + 1);
    else if (command !== undefined) return;
    else if (part === '\r') this.#column = 0;
    else if (part === '\n') {
      this.#row++;
      this.#column = 0;
      this.lines[this.#row] ??= '';
    } else {
      const line = this.lines[this.#row]!;
      this.lines[this.#row] = line.slice(0, this.#column) + part + line.slice(this.#column + 1);
      this.#column++;
    }
    if (command === 'J') this.lines[this.#row] = this.lines[this.#row]!.slice(0, this.#column);
  }
}
const on = (terminal: Terminal) => progress(terminal as unknown as NodeJS.WriteStream);

const { NO_COLOR, TERM } = process.env;
const set = (name: string, value: string | undefined): void => {
  if (value === undefined) delete process.env[name];
  else process.env[name] = value;
};
afterEach(() => {
  set('NO_COLOR', NO_COLOR);
  set('TERM', TERM);
});
const slot = { scenario: 'plain', target: 'node', done: 2, total: 4, leftSeconds: 7.2 };

const result = (scenario: string, target: string, verdict: Verdict): Result => ({
  ...{ scenario, target, verdict, measures: [], bars: [], excluded: {}, notes: [], disturbance: 0, seconds: 1 },
});

describe('progress', () => {
  it('is plain lines where there is no terminal, one for each scenario on each target', () => {
    const terminal = new Terminal(false);
    const shown = on(terminal);
    shown.started(slot);
    shown.started({ ...slot, done: 3, leftSeconds: 0.4 });
    shown.judged(result('plain', 'node', 'pass'));
    shown.started({ ...slot, target: 'native', done: 3, leftSeconds: 0.4 });
    shown.clear();
    expect(terminal.text).toBe('[3/4] plain on node, about 8 s left\n[4/4] plain on native, nearly done\n');
  });

  it('is how far, and the verdicts so far, on a terminal; and leaves nothing behind', () => {
    set('TERM', 'xterm');
    set('NO_COLOR', '1');
    const terminal = new Terminal(true);
    const shown = on(terminal);
    shown.started(slot);
    shown.judged(result('plain', 'node', 'pass'));
    shown.started({ ...slot, scenario: 'fin-idle', target: 'native', done: 3 });
    shown.judged(result('fin-idle', 'native', 'fail'));
    shown.judged(result('fin-idle', 'node', 'skipped'));
    expect(terminal.lines).toEqual([
      '███████████████░░░░░ 4/4 fin-idle on native, about 8 s left',
      '          node     native',
      'plain     pass',
      'fin-idle  skipped  FAIL',
    ]);
    shown.clear();
    expect(terminal.lines).toEqual(['']);
  });

  it('writes over what is there instead of erasing it first, and nothing when nothing changed', () => {
    set('TERM', 'xterm');
    const terminal = new Terminal(true);
    const shown = on(terminal);
    shown.started(slot);
    const once = terminal.text;
    shown.judged(result('plain', 'node', 'pass'));
    const frame = terminal.text.slice(once.length);
    expect(frame.startsWith('\u001b[?2026h\r\u001b[2A█')).toBe(true);
    expect(frame.endsWith('\u001b[K\u001b[J\u001b[?2026l')).toBe(true);
    expect(frame.slice(0, -20)).not.toContain('\u001b[J');
    const twice = terminal.text;
    shown.judged(result('plain', 'node', 'pass'));
    expect(terminal.text).toBe(twice);
    shown.clear();
  });

  it('never wraps, and never scrolls', () => {
    set('TERM', 'xterm');
    const terminal = new Terminal(true, 30, 8);
    const shown = on(terminal);
    for (let i = 0; i < 20; i++) shown.started({ ...slot, scenario: `scenario-with-a-long-name-${i}` });
    expect(terminal.lines.length).toBeLessThan(8);
    expect(Math.max(...terminal.lines.map((line) => line.length))).toBe(29);
    expect(terminal.lines.at(-1)).toContain('scenario-with-a-long-name-19');
    shown.clear();
  });
});

describe('a gate’s progress', () => {
  const standing = {
    ...{ pairs: 8, cap: 24, leftSeconds: 61.2 },
    figures: [
      { name: 'cpu_us_per_request', slowdown: -0.012, verdict: 'pass' },
      { name: 'ttfb_p50_us', slowdown: Number.NaN, verdict: 'more' },
    ] as unknown as Standing['figures'],
  };

  it('is a line now and then where there is no terminal', () => {
    const terminal = new Terminal(false);
    const shown = gateProgress(terminal as unknown as NodeJS.WriteStream);
    for (const pairs of [7, 8, 9]) shown.standing(1, { ...standing, pairs });
    expect(terminal.text).toBe('confirming: pair 8 of at most 24, 1 of 2 figures passed, at most 62 s left\n');
  });

  it('shows every figure on a terminal, in the place of the suite before it', () => {
    set('TERM', 'xterm');
    const terminal = new Terminal(true);
    const shown = gateProgress(terminal as unknown as NodeJS.WriteStream);
    shown.started(slot);
    shown.standing(0, standing);
    expect(terminal.lines).toEqual([
      'pair 8 of at most 24, 1 of 2 figures passed, at most 62 s left',
      `  cpu_us_per_request${' '.repeat(10)}−1.2 %  pass`,
      `  ttfb_p50_us${' '.repeat(22)}–  …`,
    ]);
    shown.clear();
    expect(terminal.lines).toEqual(['']);
  });
});

it('a frame that is higher than the terminal is cut', () => {
  set('TERM', 'xterm');
  const terminal = new Terminal(true, 80, 5);
  const screen = new Screen(terminal as unknown as NodeJS.WriteStream);
  screen.draw(Array.from({ length: 9 }, (_, i) => plainLine(`line ${i}`)));
  expect(terminal.lines).toEqual(['line 0', 'line 1', 'line 2', 'line 3']);
});

describe('colour', () => {
  it('needs a terminal, and nobody who says no', () => {
    set('TERM', 'xterm');
    set('NO_COLOR', undefined);
    expect([takesColour(new Terminal(true)), takesColour(new Terminal(false))]).toEqual([true, false]);
    set('NO_COLOR', '1');
    expect(takesColour(new Terminal(true))).toBe(false);
    set('NO_COLOR', '');
    expect(takesColour(new Terminal(true))).toBe(true);
  });
});
