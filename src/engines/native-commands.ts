import type { ResponseHead } from '../gateway/response-head.js';
import type { Chunk, HeaderList } from '../gateway/types.js';
import { COMMAND_INTS, CONTROL, MOD, type NativeEngine, OP, PAUSE_EVERY } from './native-protocol.js';

/** From here on a chunk goes to the kernel straight from the application's buffer. */
const BY_REFERENCE = 16 * 1024;
/** Up to here a loop over the characters beats a call into the runtime. */
const SHORT_TEXT = 48;
/** What an exchange that is back with more before a flush gets ahead: its next chunks need no record of their own. */
const WINDOW = 1024;
/** Heads the engine remembers at a time. */
const TOKENS = 64;
/** Milliseconds between two questions whether somebody waits. */
const ASK_MS = 0.2;
/** V8 looks the method up for every chunk when it is asked of the arena. */
const copy = Uint8Array.prototype.set;
/** After any of these a record takes no more of the same exchange. */
const SEALED = OP.ref | OP.end | OP.abort | OP.retry | OP.drain | OP.read | OP.headRaw;

/** Whose commands they are, and where its body bytes go until the next flush. */
export interface Outlet {
  readonly slot: number;
  readonly seq: number;
  /** The flush count at which the rest is true. */
  stamp: number;
  /** Its record with body bytes. */
  record: number;
  /** The part of the arena that is kept for it, behind those bytes. */
  at: number;
  end: number;
  /** Bytes of the body so far, and those of them that were handed over with earlier flushes. */
  readonly bodyBytes: number;
  before: number;
}

/**
 * Writes commands: plain stores into arrays that the engine reads after the turn. What one exchange does in a row shares a
 * record, so a whole small response is one.
 */
export class CommandWriter {
  readonly #native: NativeEngine;
  /** Read as signed numbers, which V8 keeps in registers; all but the flush count, which may wrap, are small. */
  readonly #control: Int32Array;
  readonly #commands: Int32Array;
  readonly #arena: Buffer;
  /** The arena once more, for `copy`. */
  readonly #bytes: Uint8Array;
  readonly #capacity: number;
  readonly #coalesce: boolean;
  readonly #defined: (ResponseHead | null)[] = new Array(TOKENS + 1).fill(null);
  #nextToken = 1;
  /** When the engine was last asked to look at its sockets. */
  #askedMs = 0;

  constructor(native: NativeEngine, coalesce: boolean) {
    this.#native = native;
    this.#coalesce = coalesce;
    this.#control = new Int32Array(native.buffers.control);
    this.#commands = new Int32Array(native.buffers.commands);
    this.#arena = Buffer.from(native.buffers.arena);
    this.#bytes = new Uint8Array(native.buffers.arena);
    this.#capacity = this.#commands.length / COMMAND_INTS;
  }

  /** How often commands were carried out so far. */
  get flushes(): number {
    return this.#control[CONTROL.flushes]!;
  }

  /** @returns where the last record stands if it is this exchange's and takes `op` too, else where a new one was begun */
  #record(slot: number, seq: number, sealed: number): number {
    const count = this.#control[CONTROL.commandCount]!;
    const commands = this.#commands;
    if (count > 0) {
      const last = (count - 1) * COMMAND_INTS;
      if (commands[last + 1] === slot && commands[last + 2] === seq && (commands[last]! & sealed) === 0) return last;
    }
    return this.#begin(slot, seq);
  }

  #begin(slot: number, seq: number): number {
    let count = this.#control[CONTROL.commandCount]!;
    if (count >= this.#control[CONTROL.commandPause]!) count = this.#pause(count);
    const at = count * COMMAND_INTS;
    const commands = this.#commands;
    commands[at] = 0;
    commands[at + 1] = slot;
    commands[at + 2] = seq;
    commands[at + 3] = 0;
    commands[at + 4] = 0;
    this.#control[CONTROL.commandCount] = count + 1;
    return at;
  }

  /**
   * Makes room where there is none, and has the sockets looked at where nobody has for long: behind a collection the timers of thousands
   * of streams are due, and Node.js runs them in one go, however long that takes.
   *
   * @returns how many commands there are now
   */
  #pause(count: number): number {
    const now = performance.now();
    if (now - this.#askedMs >= ASK_MS) {
      this.#askedMs = now;
      // Not from the midst of what the application does: it may be called.
      queueMicrotask(this.#look);
    }
    if (count === this.#capacity) this.#native.flush();
    else this.#control[CONTROL.commandPause] = Math.min(count + PAUSE_EVERY, this.#capacity);
    return this.#control[CONTROL.commandCount]!;
  }

  readonly #look = (): void => this.#native.look();

  /** @param mods what the engine must know of request and response, as `MOD` bits */
  head(slot: number, seq: number, head: ResponseHead, mods: number): void {
    if (head.dated) mods |= MOD.dated;
    if (head.contentLength >= 0) mods |= MOD.framed;
    if (head.token === 0 && head.uses > 0) this.#define(head);
    if (head.token !== 0) {
      const at = this.#begin(slot, seq);
      this.#commands[at] = OP.head | mods;
      this.#commands[at + 5] = head.token;
    } else {
      this.#headRaw(slot, seq, serialise(head), mods);
    }
  }

  /** A head with the length of a body that is sent by reference. */
  headWithLength(slot: number, seq: number, head: ResponseHead, length: number, mods: number): void {
    if (head.dated) mods |= MOD.dated;
    this.#headRaw(slot, seq, `${serialise(head)}Content-Length: ${length}\r\n`, mods | MOD.framed);
  }

  #headRaw(slot: number, seq: number, text: string, mods: number): void {
    const from = this.#free(text.length);
    const at = this.#begin(slot, seq);
    this.#commands[at] = OP.headRaw | mods;
    this.#commands[at + 3] = from;
    this.#commands[at + 4] = this.#arena.write(text, from, 'latin1');
    this.#control[CONTROL.arenaUsed] = from + text.length;
  }

  /** Bytes ahead of the head, which the engine passes on as they are. */
  interim(slot: number, seq: number, status: string, headers: HeaderList): void {
    const text = `${lines(status, headers)}\r\n`;
    const from = this.#free(text.length);
    const at = this.#begin(slot, seq);
    this.#commands[at] = OP.data;
    this.#commands[at + 3] = from;
    this.#commands[at + 4] = this.#arena.write(text, from, 'latin1');
    this.#control[CONTROL.arenaUsed] = from + text.length;
  }

  /** A head seen again is likely to be seen often: the engine keeps its bytes. */
  #define(head: ResponseHead): void {
    const token = this.#nextToken;
    this.#nextToken = (token % TOKENS) + 1;
    const before = this.#defined[token];
    if (before) {
      before.token = 0;
      this.#native.flush(); // commands may still name it
    }
    this.#native.defineHead(token, Buffer.from(serialise(head), 'latin1'));
    head.token = token;
    this.#defined[token] = head;
  }

  /** @returns size of the chunk in bytes */
  data(to: Outlet, chunk: Chunk): number {
    if (typeof chunk === 'string') return this.#text(to, chunk);
    const size = chunk.length;
    if (size >= BY_REFERENCE) {
      // Sent, and what is left of it copied, before the application can touch its buffer again.
      this.#commands[this.#record(to.slot, to.seq, SEALED | OP.data)]! |= OP.ref;
      this.#native.flush(chunk);
      return size;
    }
    // The usual case ahead of the others: the next bytes of a body that has room in the arena.
    if (to.stamp === this.#control[CONTROL.flushes] && to.end - to.at >= size) {
      copy.call(this.#bytes, chunk, to.at);
      this.#extend(to, size);
      return size;
    }
    const from = this.#free(size);
    copy.call(this.#bytes, chunk, from);
    this.#add(to, from, size);
    return size;
  }

  #text(to: Outlet, text: string): number {
    const length = text.length;
    if (length * 3 >= BY_REFERENCE) {
      const bytes = Buffer.from(text);
      if (bytes.length >= BY_REFERENCE) return this.data(to, bytes);
    }
    const from = this.#room(to, length * 3);
    const arena = this.#arena;
    let size = 0;
    if (length <= SHORT_TEXT) {
      for (; size < length; size++) {
        const code = text.charCodeAt(size);
        if (code > 127) break;
        arena[from + size] = code;
      }
    }
    if (size < length) size = arena.write(text, from);
    this.#add(to, from, size);
    return size;
  }

  /** Where `size` bytes of this exchange's body go: into what is kept for it, or to the end of the arena. */
  #room(to: Outlet, size: number): number {
    if (to.stamp === this.#control[CONTROL.flushes] && to.end - to.at >= size) return to.at;
    return this.#free(size);
  }

  /** Room at the end of the arena for `size` bytes: where they begin. */
  #free(size: number): number {
    const used = this.#control[CONTROL.arenaUsed]!;
    if (used + size <= this.#arena.length) return used;
    this.#native.flush();
    return 0;
  }

  /** `size` bytes were written behind those that `to` has in the arena: the same record holds them. */
  #extend(to: Outlet, size: number): void {
    const commands = this.#commands;
    const { record } = to;
    commands[record]! |= MOD.many;
    commands[record + 4] = commands[record + 4]! + size;
    to.at += size;
  }

  /** `size` bytes were written at `from`: they belong to the body of `to`. */
  #add(to: Outlet, from: number, size: number): void {
    const commands = this.#commands;
    const back = to.stamp === this.#control[CONTROL.flushes];
    if (back && from === to.at && to.end - from >= size) {
      this.#extend(to, size);
      return;
    }
    let at = this.#record(to.slot, to.seq, this.#coalesce ? SEALED : SEALED | OP.data);
    if (commands[at]! & OP.data && commands[at + 3]! + commands[at + 4]! !== from) at = this.#begin(to.slot, to.seq);
    const ops = commands[at]!;
    if (ops & OP.data) {
      // Consecutive chunks of one exchange stand one behind the other: they leave as one.
      commands[at] = ops | MOD.many;
      commands[at + 4] = commands[at + 4]! + size;
    } else {
      commands[at] = ops | OP.data;
      commands[at + 3] = from;
      commands[at + 4] = size;
    }
    if (!back) to.before = to.bodyBytes;
    to.stamp = this.#control[CONTROL.flushes]!;
    to.record = at;
    to.at = to.end = from + size;
    // Others came between this chunk and the one before, and so they will again.
    if (back && this.#coalesce && to.end + WINDOW <= this.#arena.length / 2) to.end += WINDOW;
    this.#control[CONTROL.arenaUsed] = to.end;
  }

  end(slot: number, seq: number, notify: boolean): void {
    this.#commands[this.#record(slot, seq, SEALED & ~(OP.ref | OP.headRaw))]! |= notify ? OP.end | MOD.notify : OP.end;
  }

  abort(slot: number, seq: number, now: boolean): void {
    this.#commands[this.#begin(slot, seq)] = now ? OP.abort | MOD.now : OP.abort;
  }

  retry(slot: number, seq: number, ms: number): void {
    const at = this.#begin(slot, seq);
    this.#commands[at] = OP.retry;
    this.#commands[at + 5] = Math.ceil(ms);
  }

  drain(slot: number, seq: number): void {
    this.#commands[this.#begin(slot, seq)] = OP.drain;
  }

  read(slot: number, seq: number): void {
    this.#commands[this.#begin(slot, seq)] = OP.read;
  }
}

/** Status line and field lines, in latin1; the engine adds what concerns the connection, and the empty line. */
function serialise(head: ResponseHead): string {
  return lines(head.status, head.headers);
}

function lines(status: string, headers: HeaderList): string {
  let text = `HTTP/1.1 ${status}\r\n`;
  for (const [name, value] of headers) text += `${name}: ${value}\r\n`;
  return text;
}
