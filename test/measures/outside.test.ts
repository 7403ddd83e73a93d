import { describe, expect, it } from 'vitest';
import { closeWaits } from '../../src/measures/outside.js';
import type { SocketsAt, SocketView } from '../../src/probes/sock-diag.js';

const socket = (remotePort: number, state: SocketView['state'] = 'close-wait'): SocketView => ({
  state,
  timer: 'none',
  remotePort,
  receiveQueue: 0,
  sendQueue: 0,
  unsent: 0,
  memory: 0,
  retransmits: 0,
  inode: 1,
});
const look = (ms: number, ...sockets: SocketView[]): SocketsAt => ({ t: ms * 1e6, sockets });

describe('how long connections sat in CLOSE_WAIT', () => {
  it('is from the first look that shows it to the first that does not', () => {
    const found = closeWaits(
      [look(0), look(2, socket(1)), look(4, socket(1), socket(2)), look(6, socket(2)), look(8)],
      2,
    );
    expect(found).toEqual({ ms: [4, 4], kept: 0, unseen: 0 });
  });

  it('counts those that are still there, and those that were too short to be seen', () => {
    const found = closeWaits([look(0), look(2, socket(1)), look(5, socket(1))], 3);
    expect(found).toEqual({ ms: [3, 3], kept: 1, unseen: 2 });
  });

  it('does not count other states', () => {
    expect(closeWaits([look(0, socket(1, 'established')), look(2)], 0)).toEqual({ ms: [], kept: 0, unseen: 0 });
  });

  it('counts a port that came again as another connection', () => {
    const found = closeWaits([look(0, socket(1)), look(2), look(4, socket(1)), look(6)], 2);
    expect(found.ms).toEqual([2, 2]);
  });
});
