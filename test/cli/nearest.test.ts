import { describe, expect, it } from 'vitest';
import { choose, distance } from '../../src/cli/nearest.js';

const all = ['fin-idle', 'rst-midstream', 'plain'].map((name) => ({ name }));

describe('choosing by name', () => {
  it('keeps the order of the words', () => {
    expect(choose('scenario', ['plain', 'fin-idle'], all).map(({ name }) => name)).toEqual(['plain', 'fin-idle']);
  });

  it('names what is near', () => {
    expect(() => choose('scenario', ['fin-idel'], all)).toThrow('no scenario "fin-idel"; did you mean fin-idle?');
    expect(() => choose('scenario', ['midstream'], all)).toThrow('did you mean rst-midstream?');
  });

  it('names everything when nothing is near', () => {
    expect(() => choose('target', ['xyzzy'], all)).toThrow('there is fin-idle, rst-midstream, plain');
  });
});

it('counts letters added, dropped and changed', () => {
  expect([distance('', 'abc'), distance('kitten', 'sitting'), distance('same', 'same')]).toEqual([3, 3, 0]);
});
