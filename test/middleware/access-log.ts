import type { App, Completion, Environ } from '../../src/gateway/types.js';

/** One line for each request, when it is known how it went: also for one whose client has left. */
export const accessLog =
  (write: (line: string) => void) =>
  (app: App): App =>
  (environ, start) => {
    const begin = performance.now();
    void environ.completed.then((how) => write(line(environ, how, performance.now() - begin)));
    return app(environ, start); // the body itself: nothing stands between it and the gateway
  };

function line({ remoteAddress, method, path }: Environ, how: Completion, ms: number): string {
  return `${remoteAddress} "${method} ${path}" ${how.status} ${how.bodyBytes} ${how.reason.kind} ${ms.toFixed(1)}ms`;
}
