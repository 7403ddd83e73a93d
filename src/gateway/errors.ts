import { fileURLToPath } from 'node:url';
import type { CloseReason } from './types.js';

/** Thrown by `write()` and `put()` once the client is gone, and by `put()` once the response is over (rule 5). */
export class ClientDisconnected extends Error {
  override readonly name = 'ClientDisconnected';
  constructor(readonly reason: CloseReason) {
    const over = reason.kind === 'done' || reason.kind === 'app-error';
    super(
      `the ${over ? 'response is over' : 'client is gone'}: ${reason.kind}${reason.errno ? ` (${reason.errno})` : ''}`,
    );
  }
}

/** A request body that was cut short. Never an end of file (rule 26). */
export class InputBroken extends Error {
  override readonly name = 'InputBroken';
  constructor(readonly reason: CloseReason) {
    super(`the request body broke off: ${reason.kind}${reason.errno ? ` (${reason.errno})` : ''}`);
  }
}

/** A request body that stalled (rule 26). */
export class InputTimeout extends Error {
  override readonly name = 'InputTimeout';
  constructor() {
    super('the request body stalled');
  }
}

/** The application broke a rule of the contract. `at` is the line of the application that did. */
export class ContractError extends Error {
  override readonly name = 'ContractError';
  readonly at: string | undefined;
  constructor(
    readonly rule: number,
    readonly expected: string,
    readonly actual: string,
    caller?: (...args: never[]) => unknown,
  ) {
    super(`rule ${rule}: expected ${expected}, got ${actual}`);
    if (caller) Error.captureStackTrace(this, caller);
    this.at = applicationLine(this.stack);
  }
}

// As a path and as an address: stacks show either.
const HOME = new URL('..', import.meta.url);
const OWN = ['gateway/', 'engines/', 'adapters/'].flatMap((folder) => {
  const url = new URL(folder, HOME);
  return [url.href, fileURLToPath(url)];
});

/** The first frame of `stack` outside this package's own gateway and engines. */
function applicationLine(stack: string | undefined): string | undefined {
  return stack
    ?.split('\n')
    .slice(1)
    .find((line) => !/node:internal|\(<anonymous>\)$/.test(line) && !OWN.some((folder) => line.includes(folder)))
    ?.trim()
    .replace(/^at /, '');
}

/** What `value` is, for an error message: its type, shortened. */
export function describe(value: unknown): string {
  if (value === null) return 'null';
  if (typeof value === 'string')
    return `the string ${JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value)}`;
  if (typeof value === 'object') return `an object of type ${value.constructor?.name ?? 'Object'}`;
  return typeof value === 'undefined' ? 'undefined' : `a ${typeof value} (${String(value)})`;
}
