/**
 * When a step of a fault strikes: a point in the life of a connection, then a delay.
 *
 * | point | reached when |
 * |---|---|
 * | `connected` | the handshake is done, nothing was sent |
 * | `uploaded` | `amount` bytes of the request were handed to the kernel; no more are sent |
 * | `sent` | the whole request was handed to the kernel |
 * | `head` | the response head was read (of the first response) |
 * | `body` | `amount` body bytes were read |
 * | `chunks` | `amount` HTTP chunks were read |
 * | `unread` | at least `amount` bytes lie unread in the kernel (needs a step before it that stops reading) |
 * | `end` | every response of the batch was read to its end |
 * | `previous` | the step before took place |
 *
 * Every random part is drawn from the run's seed, so the same seed strikes at the same points.
 */
export type TriggerPoint =
  | 'connected'
  | 'uploaded'
  | 'sent'
  | 'head'
  | 'body'
  | 'chunks'
  | 'unread'
  | 'end'
  | 'previous';

export interface Trigger {
  readonly point: TriggerPoint;
  /** Bytes or chunks, for the points that count. */
  readonly amount: number;
  /** A seeded integer in [0, amountSpread] is added to `amount`. */
  readonly amountSpread: number;
  /** Milliseconds between the point and the strike; fractions count. */
  readonly delayMs: number;
  /** A seeded uniform in [0, delaySpreadMs) is added to `delayMs`. */
  readonly delaySpreadMs: number;
}

/** Fixed and random part of a trigger's delay, milliseconds. */
export interface Delay {
  readonly delayMs?: number;
  readonly delaySpreadMs?: number;
}

function at(point: TriggerPoint, amount: number, delay: Delay, amountSpread = 0): Trigger {
  return { point, amount, amountSpread, delayMs: delay.delayMs ?? 0, delaySpreadMs: delay.delaySpreadMs ?? 0 };
}

/** Right after the handshake. */
export const onConnected = (delay: Delay = {}): Trigger => at('connected', 0, delay);

/** When `bytes` of the request have left, the rest never will. */
export const afterUploaded = (bytes: number, delay: Delay = {}): Trigger => at('uploaded', bytes, delay);

/** When the request has left: before the first byte of the answer, if the delay is short. */
export const afterSent = (delay: Delay = {}): Trigger => at('sent', 0, delay);

/** When the response head has arrived. */
export const afterHead = (delay: Delay = {}): Trigger => at('head', 0, delay);

/** When `bytes` of the body have been read, plus a seeded integer in [0, spread]. */
export const afterBody = (bytes: number, delay: Delay & { readonly spread?: number } = {}): Trigger =>
  at('body', bytes, delay, delay.spread ?? 0);

/** When `count` HTTP chunks have been read, plus a seeded integer in [0, spread]. */
export const afterChunks = (count: number, delay: Delay & { readonly spread?: number } = {}): Trigger =>
  at('chunks', count, delay, delay.spread ?? 0);

/** When at least `bytes` wait unread in the kernel; the step before must have stopped the reading. */
export const whenUnread = (bytes: number, delay: Delay = {}): Trigger => at('unread', bytes, delay);

/** When the answer is complete: too late to be a fault, and so the twin of one. */
export const afterEnd = (delay: Delay = {}): Trigger => at('end', 0, delay);

/**
 * When a body that only yields empty chunks is due to yield the `count`-th one, by the schedule that its server
 * declares: the client sees none of them, but knows when they are.
 *
 * @param waitMs the declared wait after so many empty chunks in a row, ≥ 1
 */
export function afterYields(count: number, waitMs: (empties: number) => number, delay: Delay = {}): Trigger {
  let due = delay.delayMs ?? 0;
  for (let empties = 1; empties < count; empties++) due += waitMs(empties);
  return afterSent({ ...delay, delayMs: due });
}

/** So long after the step before. */
export const afterPrevious = (delay: Delay = {}): Trigger => at('previous', 0, delay);
