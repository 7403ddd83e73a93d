import type { ScenarioContext } from './context.js';

/**
 * Has the application collect its garbage, where it can be asked to. What the requests before left to the collector is no part of
 * what is looked at next: neither its memory nor the pause it takes, which with a thousand clients just come is some milliseconds
 * long, and seconds after them.
 */
export async function collectGarbage(context: ScenarioContext): Promise<void> {
  const { application, lacks } = context.target;
  if (!application || (lacks?.('/memory') ?? null) !== null) return;
  await context.fetch('/memory');
}
