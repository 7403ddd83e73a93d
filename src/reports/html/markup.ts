/** Text for an HTML document, in content and in quoted attributes. */
export function escapeHtml(text: string): string {
  return text
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/"/g, '&quot;')
    .replaceAll('\u0000', '\ufffd');
}

/** What may stand in an `id` and behind a `#`. */
export function anchor(...parts: readonly string[]): string {
  return parts.map((part) => part.replace(/[^\w-]/g, (found) => `_${found.codePointAt(0)!.toString(16)}`)).join('--');
}

/** @param head escaped · @param rows cells escaped, the first one a header */
export function htmlTable(caption: string, head: readonly string[], rows: readonly (readonly string[])[]): string {
  const header = head.map((cell) => `<th scope="col">${cell}</th>`).join('');
  const body = rows.map(([first = '', ...cells]) => {
    return `<tr><th scope="row">${first}</th>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`;
  });
  return `<div class="scroll" tabindex="0" role="region" aria-label="${caption}"><table><caption>${caption}</caption><thead><tr>${header}</tr></thead><tbody>${body.join('')}</tbody></table></div>`;
}
