import { connect } from 'node:net';
import type { Cohort } from '../traffic/client.js';
import type { ScenarioContext } from './context.js';

const answersWithinMs = 2000;
const durationMs = { quick: 150, default: 300, full: 600 };

/**
 * Requests a second that the load generator gets with this load from a server that only sends the very bytes which the
 * target answers. Measured once for a target; NaN where its answer cannot be had.
 */
export async function ceiling(context: ScenarioContext, load: Cohort): Promise<number> {
  const key = `ceiling ${load.id}`;
  const known = context.kept.get(key);
  if (known !== undefined) return known;
  const response = await answer(context, load);
  const measured = response === null ? Number.NaN : await measure(context, load, response);
  context.kept.set(key, measured);
  return measured;
}

async function measure(context: ScenarioContext, load: Cohort, response: Buffer): Promise<number> {
  const server = await context.startNullServer(response);
  try {
    const { host, port } = server;
    const report = await context.run([
      { ...load, id: 'null-server', host, port, durationMs: context.sized(durationMs), phases: [] },
    ]);
    return report.cohorts[0]!.requests / ((report.endedNs - report.startedNs) / 1e9);
  } finally {
    await server.stop();
  }
}

/** One answer as it comes off the wire, by the end of a body of a known kind; null when there is none in time. */
function answer({ address }: ScenarioContext, { request }: Cohort): Promise<Buffer | null> {
  return new Promise((resolve) => {
    const socket = connect(address);
    let received = Buffer.alloc(0);
    const finish = (whole: boolean): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(whole ? received : null);
    };
    const timer = setTimeout(finish, answersWithinMs, false);
    socket.on('data', (data) => {
      received = Buffer.concat([received, data]);
      if (isWhole(received)) finish(true);
    });
    socket.on('error', () => finish(false));
    socket.on('end', () => finish(false));
    const [first] = [request].flat();
    socket.write(String(first).replaceAll('{tag}', '0'.repeat(16)));
  });
}

/** Of an answer that ends by a Content-Length, or with a last chunk without trailers. */
export function isWhole(response: Buffer): boolean {
  const headEnd = response.indexOf('\r\n\r\n');
  if (headEnd < 0) return false;
  const head = response.toString('latin1', 0, headEnd).toLowerCase();
  const body = response.subarray(headEnd + 4);
  const length = /\r\ncontent-length: *(\d+)/.exec(head)?.[1];
  if (length !== undefined) return body.length >= Number(length);
  return /\r\ntransfer-encoding: *chunked/.test(head) && body.subarray(-5).equals(lastChunk);
}

const lastChunk = Buffer.from('0\r\n\r\n');
