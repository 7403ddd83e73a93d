import { MessageChannel, type MessagePort } from 'node:worker_threads';
import type { Resume } from './types.js';

/**
 * A pause that any thread can end (rule 16): a function does not cross to another thread, a port does. Give the port to a
 * worker (`postMessage(port, [port])`): any message that it posts calls `resume`, in the thread of the gateway, between two
 * turns of the event loop; as the function, it may come early, twice, or after the end.
 *
 * The port does not keep the process alive. Closing it gives up the right to resume.
 */
export function resumePort(resume: Resume): MessagePort {
  const { port1, port2 } = new MessageChannel();
  port1.on('message', () => {
    resume();
    port1.close();
  });
  port1.unref();
  return port2;
}
