import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { bounded } from '../../src/gateway/console-log.js';
import { eventually } from '../support/waiting.js';

describe('lines that clients cause', () => {
  it('are written up to a number, and counted from there on', async () => {
    const lines: string[] = [];
    const write = bounded((line) => lines.push(line), 2, 50);
    for (const line of ['a', 'b', 'c', 'd', 'e']) write(line);
    expect(lines).toEqual(['a', 'b']);
    await eventually(() => lines.length === 3, 'the count of the others');
    expect(lines[2]).toBe('3 more like these in 0.05 s');
  });

  it('are written again when the time is over, and no count is of nothing', async () => {
    const lines: string[] = [];
    const write = bounded((line) => lines.push(line), 2, 50);
    write('a');
    write('b');
    await delay(100);
    write('c');
    expect(lines).toEqual(['a', 'b', 'c']);
  });
});
