import { describe, expect, it } from 'vitest';
import { escapeXml, renderJunit } from '../../src/reports/junit.js';
import { hostile, sample } from './sample.js';

const xml = renderJunit(sample);

/** Enough of a parser for what is written here: every tag closed in order, no bare markup. */
function wellFormed(text: string): void {
  const open: string[] = [];
  const rest = text
    .replace(/^<\?xml [^?]*\?>/, '')
    .replace(/<(\/?)([a-z]+)((?: [a-z]+="[^"<]*")*)(\/?)>/g, (_, end, name, __, alone) => {
      if (end) expect(open.pop()).toBe(name);
      else if (!alone) open.push(name);
      return '';
    });
  expect(open).toEqual([]);
  expect(rest.trim()).toBe('');
  expect(text).not.toMatch(/&(?!#\d+;)/);
}

describe('JUnit', () => {
  it('is well-formed, whatever the texts hold', () => {
    wellFormed(xml);
  });

  it('counts what decides, and leaves the control out', () => {
    expect(xml).toContain('<testsuites name="halfopen" tests="5" failures="1" errors="2" skipped="1" time="12.3">');
    expect(xml).not.toContain('node-http');
  });

  it('has one case a bar, and one for what broke off', () => {
    expect(xml).toContain('<testcase classname="native.plain" name="wrong_answers count == 0" time="2.5"/>');
    expect(xml).toMatch(/name="unnoticed\{cut:fin\} count == 0" time="0"><error message="expected .*no data"\/>/);
    expect(xml).toContain('<error message="the server did not start: &#60;oops&#62;"/>');
    expect(xml).toMatch(/name="memory_kib max &#60; 1" time="0"><skipped message="not seen from here"\/>/);
  });

  it('takes all targets when none is our own', () => {
    const foreign = { ...sample, targets: sample.targets.map((target) => ({ ...target, role: 'control' as const })) };
    expect(renderJunit(foreign)).toContain('<testsuite name="node-http"');
  });

  it('escapes markup, line breaks, and what XML cannot hold', () => {
    expect(escapeXml(hostile)).toBe(
      'a &#60;b&#62; &#38; &#34;c&#34; &#39;d&#39; | *e* `f` @g 100%, h: i&#10;next\ufffdline',
    );
    expect(escapeXml('\ud800x\uffff😀')).toBe('\ufffdx\ufffd😀');
  });
});
