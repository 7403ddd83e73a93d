import { ContractError } from './errors.js';

type Caller = (...args: never[]) => unknown;

/** Collects what is wrong with one exchange, and whom to tell. */
export class Verdicts {
  /** The line where the application called `start()`: blamed when a breach has no line of its own. */
  site: string | undefined;

  constructor(
    readonly onViolation: ((error: ContractError) => void) | undefined,
    readonly write: (text: string) => void,
  ) {}

  /**
   * A breach by whoever is on the stack.
   *
   * @param caller the function whose caller is to blame
   * @returns the error to throw
   */
  breach(rule: number, expected: string, actual: string, caller?: Caller): ContractError {
    const error = new ContractError(rule, expected, actual, caller);
    if (!caller && this.site !== undefined) Object.assign(error, { at: this.site });
    return this.known(error);
  }

  /** Reports an error that was made elsewhere. */
  known(error: ContractError): ContractError {
    this.onViolation?.(error);
    return error;
  }

  /** A breach that nobody is there to catch. */
  late(rule: number, expected: string, actual: string): void {
    const error = this.breach(rule, expected, actual);
    if (!this.onViolation) this.write(`${error.message}${error.at ? ` (at ${error.at})` : ''}`);
  }

  /** Throws unless `ok`. */
  check(ok: boolean, rule: number, expected: string, actual: () => string, caller?: Caller): void {
    if (!ok) throw this.breach(rule, expected, actual(), caller);
  }
}
