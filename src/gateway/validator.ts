import { deriveEnviron } from './environ.js';
import { type ContractError, describe } from './errors.js';
import type { App, Body, Environ, StartResponse } from './types.js';
import { checkedBody } from './validator-body.js';
import { checkEnviron, checkedErrors, checkedInput } from './validator-environ.js';
import { Verdicts } from './validator-report.js';
import { ResponseLog } from './validator-response.js';

export interface ValidateOptions {
  /** Told of each breach, also of those that are thrown. Without it, what can't be thrown goes to `environ.errors`. */
  readonly onViolation?: (error: ContractError) => void;
  /** How long after the end of an exchange `close()` may come. Default 6 s: longer than the gateway waits for `return()`. */
  readonly closeGraceMs?: number;
}

/**
 * Checks both sides of the contract between a host and `app` (rule 34). A breach is thrown as a `ContractError` at whoever
 * commits it: rule, what was expected, what came, and the line.
 *
 * @throws ContractError for anything but a function
 */
export function validate(app: App, { onViolation, closeGraceMs = 6000 }: ValidateOptions = {}): App {
  const stray = new Verdicts(onViolation, () => {});
  stray.check(typeof app === 'function', 34, 'an application (environ, start) => body', () => describe(app), validate);
  return (...args: [Environ, StartResponse]): Body | Promise<Body> => {
    stray.check(args.length === 2, 34, 'app(environ, start)', () => `${args.length} argument(s)`);
    const [environ, start] = args;
    stray.check(typeof start === 'function', 34, 'a start function', () => describe(start));
    checkEnviron(environ, stray);
    const verdicts = new Verdicts(onViolation, (text) => environ.errors.write(text));
    const log = new ResponseLog(environ, verdicts, closeGraceMs);
    const changed = deriveEnviron(environ, {
      input: checkedInput(environ.input, verdicts, () => log.over),
      errors: checkedErrors(environ.errors, verdicts),
    });
    const body = app(changed, log.checkedStart(start));
    return body instanceof Promise ? body.then((value) => checkedBody(value, log)) : checkedBody(body, log);
  };
}
