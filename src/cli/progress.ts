import type { Verdict } from '../gates/verdict.js';
import type { Result } from '../reports/model.js';
import { type Palette, palette } from '../reports/text.js';
import type { Slot, SuiteListener } from '../runner/suite.js';
import { type Line, plainLine, Screen, type Stream } from './screen.js';

/** Whether a stream takes colour: it is a terminal, and the user has not said no. */
export function takesColour(stream: Pick<NodeJS.WriteStream, 'isTTY'>): boolean {
  return stream.isTTY === true && (process.env.NO_COLOR ?? '') === '' && process.env.TERM !== 'dumb';
}

/** Whether lines can be rewritten there. */
export function rewritable(stream: Pick<NodeJS.WriteStream, 'isTTY'>): boolean {
  return stream.isTTY === true && process.env.TERM !== 'dumb';
}

const redrawMs = 500;

export interface Progress extends SuiteListener {
  judged(result: Result): void;
  clear(): void;
}

/**
 * How far a run is, on standard error, so that standard output holds the report alone. On a terminal: how far, the time left, and
 * the verdicts so far; elsewhere plain lines, one for each scenario on each target.
 */
export function progress(stream: Stream = process.stderr): Progress {
  return rewritable(stream) ? liveView(stream) : plainLines(stream);
}

function plainLines(stream: Stream): Progress {
  let last = '';
  return {
    started(slot) {
      const at = `${slot.scenario} on ${slot.target}`;
      if (at !== last) stream.write(`[${slot.done + 1}/${slot.total}] ${at}, ${leftOf(slot.leftSeconds)}\n`);
      last = at;
    },
    judged() {},
    clear() {},
  };
}

function liveView(stream: Stream): Progress {
  const screen = new Screen(stream);
  const grid = new Grid(palette(takesColour(stream)));
  let slot: Slot | null = null;
  let sinceMs = 0;
  let ticker: NodeJS.Timeout | undefined;
  const draw = (): void => {
    if (slot === null) return;
    const left = leftOf(slot.leftSeconds - (performance.now() - sinceMs) / 1000);
    const line = plainLine(`${bar(slot)} ${slot.scenario} on ${slot.target}, ${left}`);
    screen.draw([line, ...grid.lines(Math.max(0, (stream.rows || 24) - 4))]);
  };
  return {
    started(given) {
      slot = given;
      sinceMs = performance.now();
      grid.set(given.scenario, given.target, 'running');
      draw();
      ticker ??= setInterval(draw, redrawMs).unref();
    },
    judged({ scenario, target, verdict }) {
      grid.set(scenario, target, verdict);
      draw();
    },
    clear() {
      clearInterval(ticker);
      ticker = undefined;
      slot = null;
      screen.clear();
    },
  };
}

const marks: Record<Verdict | 'running', string> = {
  ...{ pass: 'pass', fail: 'FAIL', inconclusive: 'unclear', skipped: 'skipped' },
  running: '…',
};

/** Verdicts so far: a row for each scenario that has begun, a column for each target that was seen. */
class Grid {
  readonly #verdicts = new Map<string, Map<string, Verdict | 'running'>>();
  readonly #targets = new Set<string>();

  constructor(readonly paint: Palette) {}

  set(scenario: string, target: string, verdict: Verdict | 'running'): void {
    const row = this.#verdicts.get(scenario) ?? new Map<string, Verdict | 'running'>();
    this.#verdicts.set(scenario, row.set(target, verdict));
    this.#targets.add(target);
  }

  /** @param most rows; the last ones are shown */
  lines(most: number): Line[] {
    if (most < 1) return [];
    const names = [...this.#verdicts.keys()].slice(-most);
    const wide = Math.max(0, ...names.map((name) => name.length));
    const columns = [...this.#targets].map((name) => ({ name, width: Math.max(name.length, 'skipped'.length) }));
    const line = (first: string, cells: readonly [word: string, painted: string][]): Line => {
      const blank = (i: number): string => ' '.repeat(columns[i]!.width - cells[i]![0].length);
      const built = (part: 0 | 1): string =>
        `${first.padEnd(wide)}${cells.map((cell, i) => `  ${cell[part]}${blank(i)}`).join('')}`.trimEnd();
      return { plain: built(0), painted: built(1) };
    };
    const head = line(
      '',
      columns.map(({ name }) => [name, this.paint.faint(name)]),
    );
    const rows = names.map((name) =>
      line(
        name,
        columns.map((column) => this.#cell(this.#verdicts.get(name)!.get(column.name))),
      ),
    );
    return [head, ...rows];
  }

  #cell(verdict: Verdict | 'running' | undefined): [word: string, painted: string] {
    if (verdict === undefined) return ['', ''];
    const { good, bad, warn, faint } = this.paint;
    const colour = { pass: good, fail: bad, inconclusive: warn, skipped: faint, running: faint }[verdict];
    return [marks[verdict], colour(marks[verdict])];
  }
}

function bar({ done, total }: Slot): string {
  const width = 20;
  const full = Math.round((done / total) * width);
  return `${'█'.repeat(full)}${'░'.repeat(width - full)} ${done + 1}/${total}`;
}

function leftOf(seconds: number): string {
  return seconds < 1 ? 'nearly done' : `about ${Math.ceil(seconds)} s left`;
}
