/** So long before a moment a sleeper wakes up, milliseconds: timers of the event loop are late by a millisecond or so. */
const wakesEarlyMs = 2;

interface Due {
  readonly ns: bigint;
  readonly then: () => void;
}

const waiting: Due[] = [];
let turning = false;

/** Calls back when `ms` have gone by, late by no more than a turn of the event loop. */
export function after(ms: number, then: () => void): void {
  const due = { ns: process.hrtime.bigint() + BigInt(Math.round(ms * 1e6)), then };
  const watch = (): void => {
    waiting.push(due);
    turn();
  };
  if (ms > wakesEarlyMs) setTimeout(watch, ms - wakesEarlyMs);
  else watch();
}

/** Looks again in every turn of the loop while something is about to be due. */
function turn(): void {
  if (turning) return;
  turning = true;
  const look = (): void => {
    const now = process.hrtime.bigint();
    for (const each of waiting.filter(({ ns }) => ns <= now)) {
      waiting.splice(waiting.indexOf(each), 1);
      each.then();
    }
    turning = waiting.length > 0;
    if (turning) setImmediate(look);
  };
  setImmediate(look);
}

/** The process never sleeps from here on: what wakes it up costs no time. */
export function stayAwake(): void {
  const again = (): void => void setImmediate(again);
  again();
}
