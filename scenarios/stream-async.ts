/** What does a response of 16 small chunks cost, when they come from an asynchronous generator? */
import { throughputScenario } from 'halfopen/testbed';

export default throughputScenario({
  name: 'stream-async',
  question: 'What does a response of 16 small chunks cost, when they come from an asynchronous generator?',
  path: '/async',
  bodyBytes: 16 * 64,
  autocannonFrom: ['full'],
});
