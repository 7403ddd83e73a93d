/** What does a response of 16 small chunks cost, when they come from a synchronous generator? */
import {
  defineScenario,
  throughputMeasures,
  throughputRound,
  throughputRounds,
  throughputSeconds,
} from 'halfopen/testbed';

export default defineScenario({
  name: 'stream-sync',
  group: 'throughput',
  question: 'What does a response of 16 small chunks cost, when they come from a synchronous generator?',
  needs: ['application', 'process'],
  measures: throughputMeasures,
  bars: ['wrong_answers count == 0'],
  rounds: throughputRounds,
  seconds: throughputSeconds,
  run: (context) => throughputRound(context, '/stream', 16 * 64),
});
