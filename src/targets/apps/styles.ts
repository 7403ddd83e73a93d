import type { Body, Chunk, Environ, StartResponse } from '../../gateway/types.js';
import type { Probe } from '../../probes/writer.js';

/**
 * The same silent stream in the three ways that the authors of WSGI weighed in 2004: a channel that the server makes, a
 * generator that pauses and is resumed, and a plain generator whose empty chunks the gateway backs off. Each says
 * something only when it is woken.
 */
const plainText: [string, string][] = [['content-type', 'text/plain']];
const begun = 'begun\n';
const woken = 'woken\n';

/** By style: how to wake each stream that is open. */
const sleepers = {
  channel: new Set<() => void>(),
  pause: new Set<() => void>(),
  iterator: new Set<() => void>(),
};
type Style = keyof typeof sleepers;

function channelled(environ: Environ, start: StartResponse): Body {
  const channel = environ.channel(start, { close: () => void sleepers.channel.delete(wake) });
  const wake = () => void channel.put(woken);
  sleepers.channel.add(wake);
  channel.put(begun);
  return channel;
}

function* paused(environ: Environ, _start: StartResponse, probe: Probe): Iterable<Chunk> {
  let words = 0;
  let resume = () => false;
  const wake = () => {
    words++;
    resume();
  };
  sleepers.pause.add(wake);
  try {
    yield begun;
    for (;;) {
      probe.countPull();
      if (words > 0) {
        words--;
        yield woken;
      } else {
        resume = environ.pause();
        yield '';
      }
    }
  } finally {
    sleepers.pause.delete(wake);
  }
}

function* iterated(_environ: Environ, _start: StartResponse, probe: Probe): Iterable<Chunk> {
  let words = 0;
  const wake = () => void words++;
  sleepers.iterator.add(wake);
  try {
    yield begun;
    for (;;) {
      probe.countPull();
      if (words > 0) {
        words--;
        yield woken;
      } else yield '';
    }
  } finally {
    sleepers.iterator.delete(wake);
  }
}

const bodies: Record<Style, (environ: Environ, start: StartResponse, probe: Probe) => Body> = {
  channel: channelled,
  pause: paused,
  iterator: iterated,
};

/** Serves `/styles/STYLE`, a stream, and `/styles/STYLE/wake`, which wakes them all; null for any other path. */
export function stylesApp(environ: Environ, start: StartResponse, probe: Probe): Body | null {
  const [, style, wake] = /^\/styles\/(channel|pause|iterator)(\/wake)?$/.exec(environ.path) ?? [];
  if (!style) return null;
  start('200 OK', plainText);
  if (!wake) return bodies[style as Style](environ, start, probe);
  const due = sleepers[style as Style];
  for (const each of due) each();
  return [`${due.size}\n`];
}
