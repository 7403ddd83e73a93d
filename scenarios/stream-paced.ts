/** What does a response of 16 small chunks cost, when each comes in a turn of the event loop of its own? */
import { throughputScenario } from 'halfopen/testbed';

export default throughputScenario({
  name: 'stream-paced',
  question: 'What does a response of 16 small chunks cost, when each comes in a turn of the event loop of its own?',
  path: '/tick',
  bodyBytes: 16 * 64,
  onDemand: true,
});
