/** How many requests for a small page can it answer, and what does each cost the server? */
import {
  defineScenario,
  throughputMeasures,
  throughputRound,
  throughputRounds,
  throughputSeconds,
} from 'halfopen/testbed';

export default defineScenario({
  name: 'plain',
  group: 'throughput',
  question: 'How many requests for a small page can it answer, and what does each cost the server?',
  needs: ['application', 'process'],
  measures: throughputMeasures,
  bars: ['wrong_answers count == 0'],
  rounds: throughputRounds,
  seconds: throughputSeconds,
  run: (context) => throughputRound(context, '/', 13),
});
