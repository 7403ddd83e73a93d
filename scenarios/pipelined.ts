/** How many requests can it answer when a client sends 16 at once, and what does each cost the server? */
import { throughputScenario } from 'halfopen/testbed';

export default throughputScenario({
  name: 'pipelined',
  question: 'How many requests can it answer when a client sends 16 at once, and what does each cost the server?',
  path: '/',
  bodyBytes: 13,
  depth: 16,
  onDemand: true,
});
