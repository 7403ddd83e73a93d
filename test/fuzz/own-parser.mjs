/** What our parser makes of the bytes of a connection: native/test/fuzz/verdicts.cc in a process of its own. */
import { spawn } from 'node:child_process';

export class OwnParser {
  #child;
  #received = [];
  #awaited = null;

  /** @param {string} program */
  constructor(program) {
    this.#child = spawn(program, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#child.stdout.on('data', (bytes) => {
      this.#received.push(bytes);
      this.#look();
    });
    this.#child.on('exit', (code, signal) => this.#awaited?.reject(new Error(`the parser ended: ${signal ?? code}`)));
    this.#child.stdin.on('error', () => {}); // its end is told above
  }

  close() {
    this.#child.stdin.end();
  }

  /** @param {readonly { bytes: Buffer, cut: number }[]} inputs */
  readAll(inputs) {
    const parts = [];
    for (const { bytes, cut } of [...inputs, { bytes: Buffer.alloc(0), cut: 0 }])
      parts.push(number(bytes.length), bytes, number(cut));
    return new Promise((resolve, reject) => {
      this.#awaited = { resolve, reject, count: inputs.length };
      this.#child.stdin.write(Buffer.concat(parts));
    });
  }

  #look() {
    const bytes = Buffer.concat(this.#received);
    const answers = readAnswers(bytes);
    // One more than asked for: the empty connection that ends a batch.
    const whole = answers.length > this.#awaited.count;
    this.#received = whole ? [] : [bytes];
    if (whole) this.#awaited.resolve(answers.slice(0, -1).map(reading));
  }
}

/** Lists of texts, as many as are here whole. */
function readAnswers(bytes) {
  const answers = [];
  for (let at = 0; at + 4 <= bytes.length; ) {
    const count = bytes.readUInt32LE(at);
    const texts = [];
    at += 4;
    while (texts.length < count && at + 4 <= bytes.length) {
      const end = at + 4 + bytes.readUInt32LE(at);
      if (end > bytes.length) return answers;
      texts.push(bytes.latin1Slice(at + 4, end));
      at = end;
    }
    if (texts.length < count) return answers;
    answers.push(texts);
  }
  return answers;
}

const number = (value) => {
  const cell = Buffer.alloc(4);
  cell.writeUInt32LE(value);
  return cell;
};

function reading([end, ...texts]) {
  return {
    end,
    requests: texts.map((text) => {
      const headEnd = text.indexOf('\n\n') + 2;
      return { head: text.slice(1, headEnd), body: text.slice(headEnd), whole: text[0] === '+' };
    }),
  };
}
