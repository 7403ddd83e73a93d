import type { RunReport } from './model.js';
export function renderHtml(report: RunReport): string {
  return report.id;
}
