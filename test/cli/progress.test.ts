import { afterEach, describe, expect, it } from 'vitest';
import { progress, takesColour } from '../../src/cli/progress.js';

class Screen {
  text = '';
  constructor(
    readonly isTTY: boolean,
    readonly columns = 80,
  ) {}
  write(text: string): boolean {
    this.text += text;
    return true;
  }
}

const { NO_COLOR, TERM } = process.env;
const set = (name: string, value: string | undefined): void => {
  if (value === undefined) delete process.env[name];
  else process.env[name] = value;
};
afterEach(() => {
  set('NO_COLOR', NO_COLOR);
  set('TERM', TERM);
});
const slot = { scenario: 'plain', target: 'node', done: 2, total: 4, leftSeconds: 7.2 };

describe('progress', () => {
  it('is plain lines where there is no terminal, one for each scenario on each target', () => {
    const screen = new Screen(false);
    const shown = progress(screen as unknown as NodeJS.WriteStream);
    shown.started(slot);
    shown.started({ ...slot, done: 3, leftSeconds: 0.4 });
    shown.started({ ...slot, target: 'native', done: 3, leftSeconds: 0.4 });
    shown.clear();
    expect(screen.text).toBe('[3/4] plain on node, about 8 s left\n[4/4] plain on native, nearly done\n');
  });

  it('is one line on a terminal, cut to its width, and leaves nothing behind', () => {
    set('TERM', 'xterm');
    const screen = new Screen(true, 40);
    const shown = progress(screen as unknown as NodeJS.WriteStream);
    shown.started(slot);
    const [, line = ''] = screen.text.split('\r\u001b[K');
    expect(line).toMatch(/^█{10}░{10} 3\/4 plain on nod/);
    expect(line).toHaveLength(39);
    shown.clear();
    expect(screen.text.endsWith('\r\u001b[K')).toBe(true);
  });
});

describe('colour', () => {
  it('needs a terminal, and nobody who says no', () => {
    set('TERM', 'xterm');
    set('NO_COLOR', undefined);
    expect([takesColour(new Screen(true)), takesColour(new Screen(false))]).toEqual([true, false]);
    set('NO_COLOR', '1');
    expect(takesColour(new Screen(true))).toBe(false);
    set('NO_COLOR', '');
    expect(takesColour(new Screen(true))).toBe(true);
  });
});
