/** How fast does it send a body of 4 MiB whose length is known, and what does that cost the server? */
import { throughputScenario } from 'halfopen/testbed';

export default throughputScenario({
  name: 'large-body',
  question: 'How fast does it send a body of 4 MiB whose length is known, and what does that cost the server?',
  path: '/fixed',
  bodyBytes: 4 * 1024 * 1024,
  onDemand: true,
});
