/** How fast does it send a body of 4 MiB whose length is known, and what does that cost the server? */
import { throughputScenario } from 'halfopen/testbed';

export default throughputScenario({
  name: 'large-body',
  question: 'How fast does it send a body of 4 MiB whose length is known, and what does that cost the server?',
  path: '/fixed',
  bodyBytes: 4 * 1024 * 1024,
  // What is under way when the time is over is waited for: 64 would be a quarter of a gigabyte.
  connections: 16,
  onDemand: true,
});
