/** How many requests for a small page can it answer, and what does each cost the server? */
import { throughputScenario } from 'halfopen/testbed';

export default throughputScenario({
  name: 'plain',
  question: 'How many requests for a small page can it answer, and what does each cost the server?',
  path: '/',
  bodyBytes: 13,
});
