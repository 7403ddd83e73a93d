import type { BackoffPolicy } from '../gateway/types.js';

/** What a calibrated server gets wrong, and by how much. Empty: nothing. */
export interface Flaw {
  /** The application learns of every cut so much later. */
  readonly noticesAfterMs?: number;
  readonly neverNotices?: true;
  /** One in so many silent streams is told that its client has gone before it has. */
  readonly noticesBefore?: number;
  /** Every stream that came to its own end is told that its client has gone. */
  readonly abortsFinished?: true;
  /** A producer makes so many chunks more after it was told. */
  readonly pullsAfterNotice?: number;
  /** Every producer of an endless stream holds so much memory. */
  readonly keepsBytes?: number;
  /** While others storm, healthy clients wait so much longer. */
  readonly delaysBystandersMs?: number;
  /** A schedule for empty chunks that is not the declared one. */
  readonly backoff?: BackoffPolicy;
  /** Between its words an application waits by the declared schedule up to this cap, and never starts it anew. */
  readonly neverStartsAnewMs?: number;
  /** Half-closed readers are cut off, whatever the policy. */
  readonly cutsHalfClosed?: true;
  /** An upload that broke off is handed on as one that came to its end. */
  readonly takesBrokenForWhole?: true;
}
