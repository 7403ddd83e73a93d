import { foreignShare } from '../measures/disturbance.js';
import { coreBusyNs } from '../probes/cores.js';
import type { Environment } from '../reports/model.js';

/** Watches from its making on who else uses the cores of server and client. */
export class CoreWatch {
  readonly #begin = process.hrtime.bigint();
  readonly #busy = coreBusyNs();
  readonly #server: number;
  readonly #client = clientNs();
  #helpersNs = 0;

  /** @param serverNs CPU time of the server so far, nanoseconds */
  constructor(
    readonly environment: Pick<Environment, 'serverCpu' | 'clientCpu'>,
    readonly serverNs: () => number,
  ) {
    this.#server = serverNs();
  }

  /** A process of ours on the client's core used so much CPU time. */
  helper(cpuNs: number): void {
    this.#helpersNs += cpuNs;
  }

  /** The share of the server's core that others took since then. NaN when it has no core of its own. */
  foreignOnServer(): number {
    return this.#foreign(this.environment.serverCpu, this.serverNs() - this.#server);
  }

  foreignOnClient(): number {
    return this.#foreign(this.environment.clientCpu, clientNs() - this.#client + this.#helpersNs);
  }

  #foreign(core: number | null, ownNs: number): number {
    const before = core === null ? undefined : this.#busy[core];
    const now = core === null ? undefined : coreBusyNs()[core];
    if (before === undefined || now === undefined) return Number.NaN;
    return foreignShare({ windowNs: Number(process.hrtime.bigint() - this.#begin), busyNs: now - before, ownNs });
  }
}

/** CPU time of this process, of which the client is a thread. */
function clientNs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) * 1000;
}
