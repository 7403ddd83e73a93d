import { describe, expect, it } from 'vitest';
import { coreBusyNs } from '../../src/probes/cores.js';
import { ProcessSampler } from '../../src/probes/proc.js';

describe.runIf(process.platform === 'linux')('what the kernel says about a process', () => {
  it('its CPU time grows with work', () => {
    const sampler = new ProcessSampler(process.pid);
    const before = sampler.cpuNs();
    const end = performance.now() + 30;
    while (performance.now() < end);
    expect(sampler.cpuNs()).toBeGreaterThan(before);
  });

  it('its private memory grows with what it writes', () => {
    const sampler = new ProcessSampler(process.pid);
    const before = sampler.privateDirtyBytes();
    const written = Buffer.alloc(64 * 1024 * 1024, 1);
    expect(sampler.privateDirtyBytes() - before).toBeGreaterThan(written.length / 2);
  });

  it('is unknown, not zero, of a process that is not there', () => {
    const sampler = new ProcessSampler(2 ** 30);
    expect(sampler.cpuNs()).toBeNaN();
    expect(sampler.privateDirtyBytes()).toBeNaN();
  });

  it('every core has been busy', () => {
    expect(coreBusyNs().length).toBeGreaterThan(0);
    expect(coreBusyNs().every((ns) => ns > 0)).toBe(true);
  });
});
