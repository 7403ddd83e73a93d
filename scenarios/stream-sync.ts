/** What does a response of 16 small chunks cost, when they come from a synchronous generator? */
import { throughputScenario } from 'halfopen/testbed';

export default throughputScenario({
  name: 'stream-sync',
  question: 'What does a response of 16 small chunks cost, when they come from a synchronous generator?',
  path: '/stream',
  bodyBytes: 16 * 64,
  autocannonFrom: ['full'],
});
