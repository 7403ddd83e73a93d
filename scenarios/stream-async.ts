/** What does a response of 16 small chunks cost, when they come from an asynchronous generator? */
import {
  defineScenario,
  throughputMeasures,
  throughputRound,
  throughputRounds,
  throughputSeconds,
} from 'halfopen/testbed';

export default defineScenario({
  name: 'stream-async',
  group: 'throughput',
  question: 'What does a response of 16 small chunks cost, when they come from an asynchronous generator?',
  needs: ['application', 'process'],
  measures: throughputMeasures,
  bars: ['wrong_answers count == 0'],
  rounds: throughputRounds,
  seconds: throughputSeconds,
  run: (context) => throughputRound(context, '/async', 16 * 64),
});
