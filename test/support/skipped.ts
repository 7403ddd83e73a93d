export interface Skip {
  readonly file: string;
  /** What the test gave as its reason, if it gave one. */
  readonly why: string | null;
}

/** What was not run, by reason and file: nothing is skipped in silence. */
export function skippedLines(skips: readonly Skip[]): string[] {
  if (skips.length === 0) return [];
  const byReason = new Map<string, Map<string, number>>();
  for (const { file, why } of skips) {
    const reason = why ?? 'without a note';
    const files = byReason.get(reason) ?? new Map<string, number>();
    byReason.set(reason, files.set(file, (files.get(file) ?? 0) + 1));
  }
  const lines = [...byReason].map(([reason, files]) => {
    const where = [...files].sort(([a], [b]) => (a < b ? -1 : 1)).map(([file, count]) => `${file} (${count})`);
    return `  ${reason}: ${where.join(', ')}`;
  });
  return [`Tests that were skipped: ${skips.length}`, ...lines];
}
