import type { Slot, SuiteListener } from '../runner/suite.js';

/** Where progress is shown: standard error, so that standard output holds the report alone. */
type Stream = Pick<NodeJS.WriteStream, 'write' | 'isTTY' | 'columns'>;

/** Whether a stream takes colour: it is a terminal, and the user has not said no. */
export function takesColour(stream: Pick<NodeJS.WriteStream, 'isTTY'>): boolean {
  return stream.isTTY === true && (process.env.NO_COLOR ?? '') === '' && process.env.TERM !== 'dumb';
}

/** One line that is rewritten on a terminal; plain lines elsewhere, one for each scenario on each target. */
export function progress(stream: Stream = process.stderr): SuiteListener & { clear(): void } {
  const live = stream.isTTY === true && process.env.TERM !== 'dumb';
  const clear = (): void => {
    if (live) stream.write('\r\u001b[K');
  };
  let last = '';
  return {
    clear,
    started(slot) {
      const at = `${slot.scenario} on ${slot.target}`;
      if (live) stream.write(`\r\u001b[K${bar(slot)} ${at}, ${left(slot)}`.slice(0, (stream.columns ?? 80) + 4));
      else if (at !== last) stream.write(`[${slot.done + 1}/${slot.total}] ${at}, ${left(slot)}\n`);
      last = at;
    },
  };
}

function bar({ done, total }: Slot): string {
  const width = 20;
  const full = Math.round((done / total) * width);
  return `${'█'.repeat(full)}${'░'.repeat(width - full)} ${done + 1}/${total}`;
}

function left({ leftSeconds }: Slot): string {
  return leftSeconds < 1 ? 'nearly done' : `about ${Math.ceil(leftSeconds)} s left`;
}
