import type { Slot, SuiteListener } from '../runner/suite.js';

/** Where progress is shown: standard error, so that standard output holds the report alone. */
type Stream = Pick<NodeJS.WriteStream, 'write' | 'isTTY' | 'columns'>;

/** Whether a stream takes colour: it is a terminal, and the user has not said no. */
export function takesColour(stream: Pick<NodeJS.WriteStream, 'isTTY'>): boolean {
  return stream.isTTY === true && (process.env.NO_COLOR ?? '') === '' && process.env.TERM !== 'dumb';
}

const redrawMs = 500;
const eraseLine = '\r\u001b[K';

/** One line that is rewritten on a terminal; plain lines elsewhere, one for each scenario on each target. */
export function progress(stream: Stream = process.stderr): SuiteListener & { clear(): void } {
  const live = stream.isTTY === true && process.env.TERM !== 'dumb';
  let last = '';
  let ticker: NodeJS.Timeout | undefined;
  const draw = (slot: Slot, sinceMs: number): void => {
    const left = leftOf(slot.leftSeconds - (performance.now() - sinceMs) / 1000);
    const line = `${bar(slot)} ${slot.scenario} on ${slot.target}, ${left}`;
    stream.write(`${eraseLine}${line.slice(0, (stream.columns ?? 80) - 1)}`);
  };
  return {
    clear() {
      clearInterval(ticker);
      if (live) stream.write(eraseLine);
    },
    started(slot) {
      const at = `${slot.scenario} on ${slot.target}`;
      clearInterval(ticker);
      if (live) {
        const now = performance.now();
        draw(slot, now);
        ticker = setInterval(draw, redrawMs, slot, now).unref();
      } else if (at !== last) stream.write(`[${slot.done + 1}/${slot.total}] ${at}, ${leftOf(slot.leftSeconds)}\n`);
      last = at;
    },
  };
}

function bar({ done, total }: Slot): string {
  const width = 20;
  const full = Math.round((done / total) * width);
  return `${'█'.repeat(full)}${'░'.repeat(width - full)} ${done + 1}/${total}`;
}

function leftOf(seconds: number): string {
  return seconds < 1 ? 'nearly done' : `about ${Math.ceil(seconds)} s left`;
}
