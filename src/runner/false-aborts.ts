import { falseAborts, falselyAborted } from '../measures/false-aborts.js';
import { count, type Labels } from '../measures/measure.js';
import { releases } from '../measures/releases.js';
import type { CutSample } from '../traffic/client.js';
import type { ScenarioContext } from './context.js';

/** A busy target is late: so long may the release of the last body take. */
const releaseWithinMs = 1000;
/** A target tells its probe in batches (every 20 ms), and some hear of the client after the release. */
const lastWordMs = 30;

/**
 * Records how many of these clients, who did nothing wrong, were cut off or reported as gone. Nothing is judged before
 * all bodies are released and the target's last word is here: a false abort that was not read yet would be missed.
 */
export async function recordFalseAborts(
  context: ScenarioContext,
  labels: Labels,
  samples: readonly CutSample[],
): Promise<void> {
  const released = () => releases(samples, context.probe.events()).wrong === 0;
  await context.probe.until(released, releaseWithinMs, context.signal);
  await context.sleep(lastWordMs);
  const found = falselyAborted(samples, context.probe.events());
  context.measure(falseAborts, count(found.count, found.of), labels);
  context.exclude(found.excluded);
  const name = Object.values(labels).join(' ');
  for (const [cause, times] of Object.entries(found.causes)) context.note(`${name}: ${times} × ${cause}`);
}
