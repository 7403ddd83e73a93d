import { expect, it } from 'vitest';
import { faultCatalogue } from '../../src/faults/catalogue.js';
import * as faults from '../../src/faults/index.js';

it('every fault is in the catalogue, under the word that reports use', () => {
  const at = faults.onConnected();
  const all: faults.Fault[] = [
    faults.fin(at),
    faults.finUnread(),
    faults.finBehindFullBuffer(),
    faults.parkedHalfClose(),
    faults.tinyWindow(),
    faults.stalledUpload(1),
    faults.rst(at),
    faults.halfClose(at),
    faults.lateFin(),
    faults.stall(),
    faults.parkedThenGone('rst', 1),
    faults.slowRead({ pace: { bytes: 1, everyMs: 1 } }),
    faults.oneByteReader(),
    faults.slowRequest(),
    faults.brokenUpload(1, 'fin'),
    faults.brokenUpload(1, 'rst'),
    faults.brokenUpload(1, 'half-close'),
    faults.deadOnArrival(),
    faults.unplug(at),
    faults.vanish(at),
  ];
  expect(all.map(({ name }) => name).sort()).toEqual(Object.keys(faultCatalogue).sort());
});
