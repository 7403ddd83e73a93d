import { execFileSync } from 'node:child_process';

let made = 0;

/**
 * A network of the client's own: a namespace with one link to the machine, which can go down without the machine
 * noticing anything else. Needs root and `ip` of iproute2.
 */
export class ClientNetwork {
  private constructor(
    readonly name: string,
    readonly link: string,
    /** Where servers on the machine can be reached from inside; they must listen there, or everywhere. */
    readonly serverAddress: string,
  ) {}

  /** The namespace's file, for the client. */
  get file(): string {
    return `/run/netns/${this.name}`;
  }

  /** @returns the network, or why there can't be one here */
  static create(): ClientNetwork | string {
    const number = made++;
    const name = `halfopen-${process.pid}-${number}`;
    const link = `ho${process.pid.toString(36)}x${number}`;
    // From a block that is reserved for tests between networks (RFC 2544), one /30 for each.
    const base = ((process.pid % 4096) * 4 + number * 4) % 16_384;
    const address = (host: number) => `198.18.${Math.floor((base + host) / 256)}.${(base + host) % 256}`;
    const network = new ClientNetwork(name, link, address(1));
    try {
      ip('netns', 'add', name);
      ip('link', 'add', link, 'type', 'veth', 'peer', 'name', 'client0', 'netns', name);
      ip('addr', 'add', `${address(1)}/30`, 'dev', link);
      ip('link', 'set', link, 'up');
      ip('-n', name, 'addr', 'add', `${address(2)}/30`, 'dev', 'client0');
      network.plugIn();
      return network;
    } catch (error) {
      network.remove();
      const { code, stderr } = error as NodeJS.ErrnoException & { stderr?: Buffer };
      return code === 'ENOENT'
        ? 'a network namespace needs ip (iproute2)'
        : `no network namespace can be made here: ${String(stderr ?? error).trim()}`;
    }
  }

  /** The link of the namespace is up, also after it was down. */
  plugIn(): void {
    ip('-n', this.name, 'link', 'set', 'client0', 'up');
  }

  /** May be called twice. The link goes with the namespace. */
  remove(): void {
    for (const args of [
      ['link', 'del', this.link],
      ['netns', 'del', this.name],
    ]) {
      try {
        ip(...args);
      } catch {
        // was not made, or is gone
      }
    }
  }
}

function ip(...args: string[]): void {
  execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'pipe'] });
}
