import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { renderAnnotations } from '../../src/reports/annotations.js';
import { renderHtml } from '../../src/reports/html.js';
import { renderJunit } from '../../src/reports/junit.js';
import { renderMarkdown } from '../../src/reports/markdown.js';
import { schemaVersion } from '../../src/reports/model.js';
import { renderTerminal } from '../../src/reports/terminal.js';
import { validRun } from '../../src/reports/validate.js';

/** A run of every schema version there ever was, as it was written then; never changed afterwards. */
const GOLDEN = join(import.meta.dirname, 'golden');
const files = readdirSync(GOLDEN);

describe('runs of older versions', () => {
  it('are there, up to the present schema', () => {
    expect(files).toEqual(Array.from({ length: schemaVersion }, (_, i) => `run-${i + 1}.json`));
  });

  it.each(files)('%s is still read, and shown in every form', (file) => {
    const run = validRun(JSON.parse(readFileSync(join(GOLDEN, file), 'utf8')));
    expect(renderTerminal(run, { coloured: false, width: 100 })).toMatch(/^FAIL/);
    expect(renderMarkdown(run)).toMatch(/^## halfopen: ❌ fail/);
    expect(renderJunit(run)).toContain('failures="1"');
    expect(renderAnnotations(run)).toHaveLength(3);
    expect(renderHtml(run)).toContain('</html>');
  });
});
