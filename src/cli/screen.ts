/** What is written on. */
export type Stream = Pick<NodeJS.WriteStream, 'write' | 'isTTY' | 'columns' | 'rows'>;

/** A line as it is seen, and the same with colour, which takes no room. */
export interface Line {
  readonly plain: string;
  readonly painted: string;
}

export const plainLine = (text: string): Line => ({ plain: text, painted: text });

const csi = '\u001b[';
/** Terminals that know it show the whole frame at once; others ignore it. */
const [hold, release] = [`${csi}?2026h`, `${csi}?2026l`];
const eraseRest = `${csi}K`;
const eraseBelow = `${csi}J`;

/**
 * Some lines at the end of a terminal that are rewritten in place. Nothing is erased before it is written over, and an unchanged
 * frame is not written at all, so that nothing flickers. A line that is too long is cut: if it wrapped, the next frame would stand in
 * the wrong place.
 */
export class Screen {
  #shown = 0;
  #last = '';

  constructor(readonly stream: Stream) {}

  draw(lines: readonly Line[]): void {
    // A terminal that does not know its size says 0.
    const [rows, columns] = [this.stream.rows || 24, this.stream.columns || 80];
    const fitting = lines.slice(0, Math.max(1, rows - 1)).map(({ plain, painted }) => {
      return plain.length < columns ? painted : plain.slice(0, columns - 1);
    });
    const frame = fitting.join(`${eraseRest}\n`);
    if (frame === this.#last) return;
    this.stream.write(`${hold}${this.#home()}${frame}${eraseRest}${eraseBelow}${release}`);
    this.#shown = fitting.length;
    this.#last = frame;
  }

  /** Leaves nothing behind; what is printed next stands where the first line was. */
  clear(): void {
    if (this.#shown === 0) return;
    this.stream.write(`${this.#home()}${eraseBelow}`);
    this.#shown = 0;
    this.#last = '';
  }

  /** To the beginning of the first line. */
  #home(): string {
    return this.#shown > 1 ? `\r${csi}${this.#shown - 1}A` : '\r';
  }
}
