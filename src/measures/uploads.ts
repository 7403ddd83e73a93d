import type { ProbeEvent } from '../probes/event.js';
import type { CutSample } from '../traffic/report.js';
import type { Measure } from './measure.js';

export const truncatedAsEof: Measure = {
  name: 'truncated_as_eof',
  title: 'broken uploads taken for whole',
  unit: 'uploads',
  better: 'lower',
  what: 'uploads that broke off in the middle and were handed to the application as a clean end of file',
};

export const uploadsWrong: Measure = {
  name: 'uploads_wrong',
  title: 'whole uploads refused or cut',
  unit: 'uploads',
  better: 'lower',
  what: 'uploads that came whole and that the application did not get whole, to a clean end of file',
};

export interface Uploads {
  readonly wrong: number;
  readonly of: number;
}

type InputEvent = ProbeEvent & { event: 'input' };

function endings(events: readonly ProbeEvent[]): ReadonlyMap<string, InputEvent> {
  return new Map(events.flatMap((event) => (event.event === 'input' ? [[event.tag, event]] : [])));
}

/** Of the uploads that broke off, by their receipts: how many the application took for whole. */
export function brokenTakenForWhole(samples: readonly CutSample[], events: readonly ProbeEvent[]): Uploads {
  const ends = endings(events);
  const broken = samples.filter(({ receipt }) => receipt.ok);
  return { wrong: broken.filter(({ tag }) => ends.get(tag)?.state === 'eof').length, of: broken.length };
}

/** Of the uploads that were sent to their end, `bytes` long: how many the application did not get like that. */
export function wholeNotTaken(samples: readonly CutSample[], events: readonly ProbeEvent[], bytes: number): Uploads {
  const ends = endings(events);
  const whole = samples.filter(({ receipt }) => receipt.ok);
  const got = ({ tag }: CutSample) => ends.get(tag)?.state === 'eof' && ends.get(tag)?.bytes === bytes;
  return { wrong: whole.filter((sample) => !got(sample)).length, of: whole.length };
}
