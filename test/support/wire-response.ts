/** Reads HTTP/1 responses as they stood on the wire, framing included. */

export interface WireResponse {
  readonly version: string;
  readonly status: number;
  readonly reason: string;
  /** Lower-case names, in order. */
  readonly fields: readonly (readonly [name: string, value: string])[];
  readonly framing: 'none' | 'length' | 'chunked' | 'close';
  /** latin1, framing removed. */
  readonly body: string;
  /** Payload of each HTTP chunk, without the final one. */
  readonly chunks: readonly string[];
  /** False: the connection ended before the response did. */
  readonly complete: boolean;
  /** Bytes that it took on the wire. */
  readonly size: number;
}

/** The value of a field, or null. */
export function field(response: WireResponse, name: string): string | null {
  return response.fields.find(([each]) => each === name)?.[1] ?? null;
}

/**
 * @param wire latin1
 * @param ended no more bytes will come: a truncated response is returned as it is
 * @param method of the request: a response to HEAD has no body
 * @returns null when more bytes are needed
 */
export function readResponse(wire: string, ended: boolean, method = 'GET'): WireResponse | null {
  const headEnd = wire.indexOf('\r\n\r\n');
  if (headEnd < 0) return null;
  const [first = '', ...lines] = wire.slice(0, headEnd).split('\r\n');
  const [, version = '', code = '', reason = ''] = /^(HTTP\/\d\.\d) (\d{3}) ?(.*)$/.exec(first) ?? [];
  if (!version) throw new Error(`not a status line: ${JSON.stringify(first)}`);
  const fields = lines.map((line) => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const;
  });
  const status = Number(code);
  const head = { version, status, reason, fields };
  const value = (name: string) => fields.find(([each]) => each === name)?.[1];
  const bodyAt = headEnd + 4;
  if (method === 'HEAD' || status < 200 || status === 204 || status === 304)
    return { ...head, framing: 'none', body: '', chunks: [], complete: true, size: bodyAt };
  if (value('transfer-encoding') === 'chunked') return readChunked(wire, bodyAt, ended, head);
  const length = value('content-length');
  if (length === undefined) {
    if (!ended) return null;
    return { ...head, framing: 'close', body: wire.slice(bodyAt), chunks: [], complete: true, size: wire.length };
  }
  const complete = wire.length >= bodyAt + Number(length);
  if (!complete && !ended) return null;
  const body = wire.slice(bodyAt, bodyAt + Number(length));
  return { ...head, framing: 'length', body, chunks: [], complete, size: bodyAt + body.length };
}

type Head = Pick<WireResponse, 'version' | 'status' | 'reason' | 'fields'>;

function readChunked(wire: string, bodyAt: number, ended: boolean, head: Head): WireResponse | null {
  const chunks: string[] = [];
  let at = bodyAt;
  for (;;) {
    const lineEnd = wire.indexOf('\r\n', at);
    const size = lineEnd < 0 ? Number.NaN : Number.parseInt(wire.slice(at, lineEnd), 16);
    const dataAt = lineEnd + 2;
    const whole = lineEnd >= 0 && wire.length >= dataAt + size + 2;
    if (whole && wire.slice(dataAt + size, dataAt + size + 2) !== '\r\n')
      throw new Error(`chunk ${chunks.length} does not end where its size says`);
    if (!whole) {
      if (!ended) return null;
      return { ...head, framing: 'chunked', body: chunks.join(''), chunks, complete: false, size: wire.length };
    }
    at = dataAt + size + 2;
    if (size === 0) return { ...head, framing: 'chunked', body: chunks.join(''), chunks, complete: true, size: at };
    chunks.push(wire.slice(dataAt, dataAt + size));
  }
}
