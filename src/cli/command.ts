/** One command of `halfopen`: a module under `src/cli/` exports the members of `Command` by name. */
export interface Command {
  /** One line for `halfopen --help`. */
  readonly summary: string;
  /**
   * Runs the command. Handles its own `--help`.
   *
   * @param argv the arguments after the command's name
   * @returns the exit code: 0 success, 1 a verdict against, 2 wrong use
   * @throws UsageError for wrong use: the message is shown on one line, exit code 2
   */
  run(argv: readonly string[]): Promise<number>;
}

/** The user got something wrong: shown as one clear line, without a stack trace. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
