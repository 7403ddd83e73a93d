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

/** Says something as often as it is woken, and yields an empty chunk whenever there is nothing to say. */
function* whenWoken(style: Style, probe: Probe, onWake: () => void, beforeEmpty: () => void): Iterable<Chunk> {
  let words = 0;
  const wake = () => {
    words++;
    onWake();
  };
  sleepers[style].add(wake);
  try {
    yield begun;
    for (;;) {
      probe.countPull();
      if (words > 0) {
        words--;
        yield woken;
      } else {
        beforeEmpty();
        yield '';
      }
    }
  } finally {
    sleepers[style].delete(wake);
  }
}

function paused(environ: Environ, _start: StartResponse, probe: Probe): Iterable<Chunk> {
  let resume = () => false;
  const pause = () => {
    resume = environ.pause();
  };
  return whenWoken('pause', probe, () => resume(), pause);
}

function iterated(_environ: Environ, _start: StartResponse, probe: Probe): Iterable<Chunk> {
  const nothing = () => {};
  return whenWoken('iterator', probe, nothing, nothing);
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
