import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { loadAddon } from '../addon.js';
import { addressOf, type ExecOptions, execTarget, startCommand, tellsOf } from './exec.js';
import { startScript } from './script.js';
import type { RunningTarget, StartOptions, Target } from './target.js';

export interface ProxyOptions extends ExecOptions {
  /** On loopback: where the proxy finds what it stands in front of. */
  readonly upstreamPort: number;
}

/**
 * A proxy in front of the testbed's application, which tells the probe: so it is seen when the proxy lets go of its upstream after a
 * client has left. The command finds `HALFOPEN_UPSTREAM` (a URL) in its environment; the proxy must forward `x-halfopen-tag`. CPU and
 * memory are those of the proxy.
 *
 * @throws TypeError for a URL that is not http://host:port/
 */
export function proxyTarget({ command, url, upstreamPort }: ProxyOptions): Target {
  const address = addressOf(url);
  if (address.path !== '/')
    throw new TypeError(`a proxy is asked for all the testbed's paths: end it with /, got ${url}`);
  return {
    ...execTarget({ url, ...(command === undefined ? {} : { command }) }),
    name: 'proxy',
    summary: `${command ?? url}, in front of the testbed’s application`,
    probe: true,
    unavailable: () => loadAddon().reason,
    async start(options: StartOptions): Promise<RunningTarget> {
      const upstream = await startUpstream(upstreamPort, options);
      try {
        const env = { HALFOPEN_UPSTREAM: `http://127.0.0.1:${upstreamPort}` };
        const proxy = await startCommand(command, address, env, options);
        const ended = () => proxy?.ended() ?? upstream.ended();
        const stop = async () => {
          await Promise.all([proxy?.stop(), upstream.stop()]);
        };
        // Of the paths that are asked for at full speed the application tells nothing.
        if (await tellsOf({ ...address, path: '/idle' }, upstream.probe, 'request'))
          return {
            ...address,
            pid: proxy?.pid ?? null,
            upstreamPid: upstream.pid!,
            probe: upstream.probe,
            tells: true,
            ended,
            stop,
          };
        await stop();
        throw new Error(
          `a request through the proxy at ${url} did not come to its upstream: it must ask ${env.HALFOPEN_UPSTREAM} and forward the field x-halfopen-tag`,
        );
      } catch (error) {
        await upstream.stop();
        throw error;
      }
    },
  };
}

/** Its probe lies in a folder of its own: a proxy may tell, too, and is not asked. */
async function startUpstream(port: number, options: StartOptions): Promise<RunningTarget> {
  const directory = join(options.directory, 'upstream');
  mkdirSync(directory);
  const { cpu, signal } = options;
  const how = { cpu, directory, ...(signal === undefined ? {} : { signal }) };
  try {
    return await startScript('gateway', ['native', 'abort', '{}', '127.0.0.1', String(port)], how);
  } catch (error) {
    throw new Error(`the upstream at port ${port}: ${(error as Error).message}`);
  }
}
