/** Reads one response as it comes: its head, and the body by Content-Length or chunks. Lenient about the head's fields. */
export class BodyReader {
  /** `malformed`: broken framing, or a status other than 200. */
  state: 'head' | 'body' | 'whole' | 'malformed' = 'head';
  #rest = '';
  /** Body bytes still to come; of the present chunk when `#chunked`. */
  #left = 0;
  #chunked = false;
  #closes = false;

  constructor(readonly onBody: (text: string) => void) {}

  /** @returns the server said that it closes the connection */
  take(text: string): boolean {
    this.#rest += text;
    while (this.#step());
    return this.#closes;
  }

  /** False: more bytes are needed, or none. */
  #step(): boolean {
    if (this.state === 'head') return this.#head();
    if (this.state !== 'body') return false;
    if (this.#left > 0) return this.#data();
    if (!this.#chunked) return this.#end('whole');
    return this.#size();
  }

  #head(): boolean {
    const end = this.#rest.indexOf('\r\n\r\n');
    if (end < 0) return false;
    const head = `${this.#rest.slice(0, end)}\r\n`;
    this.#rest = this.#rest.slice(end + 4);
    if (!head.startsWith('HTTP/1.1 200 ')) return this.#end('malformed');
    this.#closes = /\r\nconnection: close\r\n/i.test(head);
    this.#chunked = /\r\ntransfer-encoding: chunked\r\n/i.test(head);
    const length = /\r\ncontent-length: (\d+)\r\n/i.exec(head);
    if (!this.#chunked && length === null) return this.#end('malformed');
    this.#left = Number(length?.[1] ?? 0);
    this.state = 'body';
    return true;
  }

  #data(): boolean {
    // The CRLF behind a chunk's data counts as part of it.
    const part = this.#rest.slice(0, this.#left);
    const data = this.#chunked ? part.slice(0, Math.max(0, this.#left - 2)) : part;
    if (part === '') return false;
    this.#left -= part.length;
    this.#rest = this.#rest.slice(part.length);
    if (data !== '') this.onBody(data);
    return true;
  }

  #size(): boolean {
    const end = this.#rest.indexOf('\r\n');
    if (end < 0) return this.#rest.length > 18 && this.#end('malformed');
    const digits = this.#rest.slice(0, end);
    if (!/^[0-9a-f]{1,8}$/i.test(digits)) return this.#end('malformed');
    const size = Number.parseInt(digits, 16);
    if (size === 0 && this.#rest.length < end + 4) return false;
    this.#rest = this.#rest.slice(end + 2);
    if (size === 0) return this.#end('whole');
    this.#left = size + 2;
    return true;
  }

  #end(state: 'whole' | 'malformed'): boolean {
    this.state = state;
    return false;
  }
}
