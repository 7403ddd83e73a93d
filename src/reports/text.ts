/** Figures and tables as text. */

/** `61,234` · `8.07` · `0.000123`: whole from 100 up, else three significant digits. NaN is a dash. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return '–';
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size >= 100) return Math.round(value).toLocaleString('en-US');
  return String(Number(value.toPrecision(size >= 1 ? 3 : 2)));
}

/** `1 bar`, `2 bars`. */
export function plural(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`;
}

/** Columns as wide as their widest cell; the first `left` of them to the left, the others to the right. Cells may hold colour. */
export function table(rows: readonly (readonly string[])[], left = 1, gap = '  '): string[] {
  const columns = Math.max(...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, i) => Math.max(...rows.map((row) => widthOf(row[i] ?? ''))));
  return rows.map((row) =>
    row
      .map((cell, i) => {
        const blank = ' '.repeat(widths[i]! - widthOf(cell));
        return i < left ? cell + blank : blank + cell;
      })
      .join(gap)
      .trimEnd(),
  );
}

/** Text broken at blanks so that no line is longer than `width`; the first line is indented by 2, the others by 4. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = ' ';
  for (const word of text.split(' ')) {
    if (line.trim() !== '' && widthOf(line) + 1 + widthOf(word) > width) {
      lines.push(line);
      line = '   ';
    }
    line += ` ${word}`;
  }
  return [...lines, line];
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: colour is an escape sequence
const colourCodes = /\u001b\[\d+m/g;
const widthOf = (text: string): number => text.replace(colourCodes, '').length;

export interface Palette {
  good(text: string): string;
  bad(text: string): string;
  warn(text: string): string;
  strong(text: string): string;
  faint(text: string): string;
}

/** @param coloured false: the text as it is */
export function palette(coloured: boolean): Palette {
  const style = (on: number, off: number) => (text: string) => (coloured ? `\u001b[${on}m${text}\u001b[${off}m` : text);
  return { good: style(32, 39), bad: style(31, 39), warn: style(33, 39), strong: style(1, 22), faint: style(2, 22) };
}
