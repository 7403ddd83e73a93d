import { expect, it } from 'vitest';
import type { BackoffPolicy, Resume } from '../../src/gateway/types.js';
import { DEFAULT_BACKOFF, delayAfter } from '../../src/index.js';
import { aWhile, eventually } from '../support/waiting.js';
import { asyncApp, Seen, syncApp } from './apps.js';
import { onEngines } from './engines.js';

/** So long that a test which waits for it fails at its deadline. */
const FOREVER_MS = 3_600_000;
const NEVER_AGAIN: BackoffPolicy = { firstMs: FOREVER_MS, factor: 1, capMs: FOREVER_MS, jitter: 'none' };
/** Timers count whole milliseconds on another clock. */
const TICK_MS = 1.5;

onEngines('back-off', (bench) => {
  /** Asks of an empty body, until `count`; times in milliseconds. */
  async function gapsOf(policy: BackoffPolicy, count: number, make: typeof syncApp | typeof asyncApp = syncApp) {
    const seen = new Seen();
    const at: number[] = [];
    const client = await bench.start(
      make(seen, (call) => {
        at.push(performance.now());
        return call < count ? '' : null;
      }),
      { backoff: policy },
    );
    client.request('/');
    await client.response('the response');
    return at.slice(1).map((time, i) => time - at[i]!);
  }

  for (const [name, make] of [['sync', syncApp] as const, ['async', asyncApp] as const])
    it(`rule 14: the waits after empty chunks of a ${name} body follow the schedule`, async () => {
      const policy: BackoffPolicy = { firstMs: 5, factor: 2, capMs: 60, jitter: 'none' };
      const gaps = await gapsOf(policy, 7, make);
      expect(gaps).toHaveLength(7);
      gaps.forEach((gap, i) => {
        expect(gap, `after ${i + 1} empty chunks`).toBeGreaterThan(delayAfter(policy, i + 1, 0) - TICK_MS);
      });
    });

  it('rule 14: with jitter, no wait is shorter than half of the schedule', async () => {
    const policy: BackoffPolicy = { firstMs: 20, factor: 2, capMs: 80, jitter: 'equal' };
    const gaps = await gapsOf(policy, 5);
    gaps.forEach((gap, i) => {
      expect(gap).toBeGreaterThan(delayAfter(policy, i + 1, 0) - TICK_MS);
    });
  });

  it('rule 14: an idle body is asked a few times a second, not more', async () => {
    const seen = new Seen();
    const client = await bench.start(syncApp(seen, () => ''));
    client.request('/');
    await eventually(() => seen.asked > 0, 'the request');
    await aWhile(1000);
    // 1 + 2 + 4 + … + 128 ms make 8 asks in 255 ms, then one every 250 ms.
    expect(seen.asked).toBeGreaterThan(3);
    expect(seen.asked).toBeLessThanOrEqual(8 + 1 + 4);
  });

  it('rule 14: data resets the schedule', async () => {
    const backoff: BackoffPolicy = { firstMs: 1, factor: FOREVER_MS, capMs: FOREVER_MS, jitter: 'none' };
    const client = await bench.start(
      syncApp(new Seen(), (call) => (call < 20 ? ['', 'x'][call % 2]! : null)),
      { backoff },
    );
    expect((await client.request('/').response('the response')).body).toBe('x'.repeat(10));
  });

  it('rule 14: the waits grow step by step', async () => {
    const gaps = await gapsOf({ firstMs: 1, factor: 2, capMs: FOREVER_MS, jitter: 'none' }, 8);
    expect(gaps).toHaveLength(8);
  });

  it('rule 14: data resets a schedule that has come to its cap', async () => {
    // Two empty chunks reach the cap. If it held from there on, the others would take half a minute.
    const backoff: BackoffPolicy = { firstMs: 1, factor: 300, capMs: 300, jitter: 'none' };
    const client = await bench.start(
      syncApp(new Seen(), (call) => {
        if (call < 2) return '';
        return call < 202 ? ['x', ''][call % 2]! : null;
      }),
      { backoff },
    );
    expect((await client.request('/').response('the response')).body).toBe('x'.repeat(100));
  });

  it('rule 14: a pause that was resumed resets the schedule', async () => {
    const seen = new Seen();
    const backoff: BackoffPolicy = { firstMs: 1, factor: FOREVER_MS, capMs: FOREVER_MS, jitter: 'none' };
    const client = await bench.start(
      syncApp(seen, (call) => {
        if (call % 2) setTimeout(seen.environ.pause(), 5);
        return call < 12 ? '' : null;
      }),
      { backoff },
    );
    await client.request('/').response('the response');
    expect(seen.asked).toBe(13);
  });

  it('rule 14: a response may have a policy of its own', async () => {
    const seen = new Seen();
    const client = await bench.start(
      syncApp(seen, (call) => {
        if (call === 0) seen.environ.backoff({ firstMs: 1, factor: 1, capMs: 1, jitter: 'none' });
        return call < 10 ? '' : 'x';
      }),
      { backoff: NEVER_AGAIN },
    );
    client.request('/');
    await client.until('x', 'the first chunk');
    expect(() => seen.environ.backoff({ ...NEVER_AGAIN, factor: 0.5 })).toThrow(
      /backoff\.factor must be at least 1, got 0\.5/,
    );
  });

  it('rule 15: the policy is there for applications, too', () => {
    expect(delayAfter(DEFAULT_BACKOFF, 1, 0)).toBe(DEFAULT_BACKOFF.firstMs);
    expect(delayAfter(DEFAULT_BACKOFF, 100, 0)).toBe(DEFAULT_BACKOFF.capMs);
  });
});

onEngines('pause and resume', (bench) => {
  const quick: BackoffPolicy = { firstMs: 1, factor: 1, capMs: 1, jitter: 'none' };

  /** Pauses at its first call, then says `x` and ends. */
  function pausing(seen: Seen, onPause: (resume: Resume) => void, timeoutMs?: number) {
    return syncApp(seen, (call) => {
      if (call === 0) onPause(seen.environ.pause(timeoutMs));
      return ['', 'x'][call] ?? null;
    });
  }

  it('rule 16: a paused body is not asked until resume()', async () => {
    const seen = new Seen();
    let resume!: Resume;
    const client = await bench.start(
      pausing(seen, (given) => (resume = given)),
      { backoff: quick },
    );
    client.request('/');
    await eventually(() => seen.asked === 1, 'the request');
    await aWhile();
    expect(seen.asked).toBe(1);
    expect(resume()).toBe(true);
    expect(seen.asked, 'resume() only enables').toBe(1);
    expect(resume(), 'the second call').toBe(false);
    expect((await client.response('the response')).body).toBe('x');
    expect(resume(), 'after close').toBe(false);
    expect(seen.asked).toBe(3);
  });

  it('rule 16: a resume() before the empty chunk is not lost', async () => {
    const seen = new Seen();
    const results: boolean[] = [];
    const app = pausing(seen, (resume) => results.push(resume(), resume()));
    const client = await bench.start(app, { backoff: NEVER_AGAIN });
    expect((await client.request('/').response('the response')).body).toBe('x');
    expect(results).toEqual([true, false]);
  });

  it('rule 16: the timeout ends a pause, a resume() after it has no effect', async () => {
    const seen = new Seen();
    let resume!: Resume;
    const at: number[] = [];
    const client = await bench.start(
      syncApp(seen, (call) => {
        at.push(performance.now());
        if (call === 0) resume = seen.environ.pause(60);
        if (call === 1) expect(resume()).toBe(false);
        return ['', 'x'][call] ?? null;
      }),
      { backoff: NEVER_AGAIN },
    );
    expect((await client.request('/').response('the response')).body).toBe('x');
    expect(at[1]! - at[0]!).toBeGreaterThan(60 - TICK_MS);
  });

  it('rule 16: the timeout of an earlier pause does not end a later one', async () => {
    const seen = new Seen();
    let second!: Resume;
    const client = await bench.start(
      syncApp(seen, (call) => {
        if (call === 0) setImmediate(seen.environ.pause(100));
        if (call === 1) second = seen.environ.pause();
        return ['', '', 'x'][call] ?? null;
      }),
      { backoff: quick },
    );
    client.request('/');
    await eventually(() => seen.asked === 2, 'the second pause');
    await aWhile(250);
    expect(seen.asked).toBe(2);
    expect(second()).toBe(true);
    expect((await client.response('the response')).body).toBe('x');
  });

  it('rule 16: without an empty chunk a pause does nothing', async () => {
    const seen = new Seen();
    const app = syncApp(seen, (call) => {
      seen.environ.pause();
      return call < 3 ? 'x' : null;
    });
    const client = await bench.start(app);
    expect((await client.request('/').response('the response')).body).toBe('xxx');
  });

  it('rule 16: resume() from inside the body is no re-entry', async () => {
    const seen = new Seen();
    let inside = 0;
    let deepest = 0;
    const client = await bench.start(
      syncApp(seen, (call) => {
        deepest = Math.max(deepest, ++inside);
        const resume = seen.environ.pause();
        queueMicrotask(resume);
        setImmediate(resume);
        inside--;
        return call < 50 ? '' : null;
      }),
      { backoff: NEVER_AGAIN },
    );
    await client.request('/').response('the response');
    expect(deepest).toBe(1);
    expect(seen.asked).toBe(51);
  });

  it('rule 16: after the client left, resume() has no effect', async () => {
    const seen = new Seen();
    let resume!: Resume;
    const client = await bench.start(pausing(seen, (given) => (resume = given)));
    client.request('/');
    await eventually(() => seen.asked === 1, 'the request');
    client.reset();
    await eventually(() => seen.closes.length === 1, 'close()');
    expect(resume()).toBe(false);
    await aWhile(30);
    expect(seen.asked).toBe(1);
  });

  it('rule 16: a pause for what is no time is refused', async () => {
    const client = await bench.start(pausing(new Seen(), () => {}, Number.NaN));
    expect((await client.request('/').response('the failure')).status).toBe(500);
    expect(bench.causes[0]).toMatchObject({ rule: 16, expected: 'a pause in milliseconds, or none' });
  });
});
