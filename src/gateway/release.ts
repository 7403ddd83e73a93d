import type { Exchange } from './exchange.js';
import type { Body, CloseReason } from './types.js';

/**
 * The last steps of a body's life (rules 1 and 4): its iterator's `return()` is awaited, then `close()` is called, each under
 * the policy's deadline. What they throw or fail to do is logged; nothing of it reaches the caller.
 *
 * @param released what `return()` gave
 */
export function releaseBody(exchange: Exchange, body: Body | null, released: unknown, reason: CloseReason): void {
  const close = () => {
    const closing = callClose(exchange, body, reason);
    if (isThenable(closing)) void underDeadline(exchange, closing, 'close()');
  };
  if (isThenable(released)) void underDeadline(exchange, released, 'return()').then(close);
  else close();
}

function callClose(exchange: Exchange, body: Body | null, reason: CloseReason): unknown {
  if (typeof body?.close !== 'function') return undefined;
  try {
    return body.close(reason);
  } catch (error) {
    complain(exchange, 'close() failed', error);
  }
  return undefined;
}

/** Waits for `promise`, but not longer than the policy allows. Never rejects. */
async function underDeadline(exchange: Exchange, promise: PromiseLike<unknown>, what: string): Promise<void> {
  const { closeDeadlineMs } = exchange.gateway.policy;
  exchange.gateway.hold();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(resolve, closeDeadlineMs, `${what} did not settle within ${closeDeadlineMs} ms`);
    timer.unref();
  });
  try {
    const complaint = await Promise.race([Promise.resolve(promise).then(() => null), late]);
    if (complaint && !exchange.away) complain(exchange, complaint);
  } catch (error) {
    complain(exchange, `${what} failed`, error);
  }
  clearTimeout(timer);
  exchange.gateway.letGo();
}

function complain({ gateway, method, path }: Exchange, what: string, error?: unknown): void {
  gateway.log.error(`${method} ${path}: ${what}`, error);
}

/** Whether `value` is a promise or something like one. */
export function isThenable<T>(value: T | PromiseLike<T>): value is PromiseLike<T> {
  return typeof value === 'object' && value !== null && typeof (value as PromiseLike<unknown>).then === 'function';
}
