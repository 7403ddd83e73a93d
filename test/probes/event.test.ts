import { describe, expect, it } from 'vitest';
import { parseProbeLine } from '../../src/probes/event.js';

describe('a line of a probe', () => {
  it('is an event with its fields', () => {
    expect(parseProbeLine('{"event":"gone","t":5,"tag":"a","reason":"client-fin","more":1}')).toMatchObject({
      event: 'gone',
      t: 5,
      reason: 'client-fin',
    });
  });

  it.each([
    ['half a li', 'not JSON'],
    ['7', 'not a JSON object'],
    [
      '{"event":"goner","t":5}',
      '"event" must be one of ready, request, pull, gone, closed, end, input, clock, got "goner"',
    ],
    ['{"event":"toString","t":5}', '"event" must be one of'],
    ['{"event":"gone","t":"5","tag":"a","reason":"x"}', 'gone: "t" must be a number, got "5"'],
    ['{"event":"request","t":-5,"tag":"a"}', '"t" must be 0 or more'],
    ['{"event":"input","t":5,"tag":"a","state":"half","bytes":1}', '"state" must be one of eof, broken, timed-out'],
    ['{"event":"pull","t":5,"tag":"a"}', 'pull: "pulls" must be a number, got undefined'],
  ])('%s is none: %s', (line, message) => {
    expect(parseProbeLine(line)).toContain(message);
  });
});
