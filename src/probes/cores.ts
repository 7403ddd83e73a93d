import { readFileSync } from 'node:fs';

/** Nanoseconds in one tick of /proc/stat (USER_HZ is 100 on every Linux that Node.js runs on). */
const tickNs = 1e7;

/**
 * Time that each core was not idle since the system started, nanoseconds: user, nice, system and stolen time. Interrupt
 * time is left out: whether it is charged to a task as well depends on how the kernel was configured. Empty where the
 * kernel does not say.
 */
export function coreBusyNs(): readonly number[] {
  let text: string;
  try {
    text = readFileSync('/proc/stat', 'utf8');
  } catch {
    return [];
  }
  return [...text.matchAll(/^cpu\d+ (.*)$/gm)].map((match) => {
    const [user = 0, nice = 0, system = 0, , , , , steal = 0] = match[1]!.split(' ').map(Number);
    return (user + nice + system + steal) * tickNs;
  });
}
