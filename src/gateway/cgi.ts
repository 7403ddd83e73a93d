import type { Environ } from './types.js';

/** The classic dictionary: CGI's variables (RFC 3875), and WSGI's own (PEP 3333). */
export type CgiEnviron = Record<string, unknown>;

/**
 * The environ as CGI and WSGI name it, for applications and tools that want a plain dictionary. Path and query are as in CGI:
 * `PATH_INFO` is percent-decoded (each byte a character, as WSGI has it), `QUERY_STRING` is not.
 */
export function toCgi(environ: Environ): CgiEnviron {
  const dictionary: CgiEnviron = {
    REQUEST_METHOD: environ.method,
    SCRIPT_NAME: decoded(environ.scriptName),
    PATH_INFO: decoded(environ.path),
    QUERY_STRING: environ.query,
    SERVER_NAME: environ.serverName,
    SERVER_PORT: String(environ.serverPort),
    SERVER_PROTOCOL: environ.protocol,
    REMOTE_ADDR: environ.remoteAddress,
    REMOTE_PORT: String(environ.remotePort),
    'wsgi.version': [1, 0],
    'wsgi.url_scheme': environ.scheme,
    'wsgi.input': environ.input,
    'wsgi.errors': environ.errors,
    'wsgi.multithread': environ.multithread,
    'wsgi.multiprocess': environ.multiprocess,
    'wsgi.run_once': environ.runOnce,
    'wsgi.input_terminated': environ.inputTerminated,
    ...environ.extensions,
  };
  for (const [name] of environ.headers.entries()) {
    const key = name.toUpperCase().replaceAll('-', '_');
    // "Proxy" would become HTTP_PROXY, which tools take for the address of a proxy of theirs.
    if (key === 'PROXY' || name.includes('_')) continue;
    dictionary[key === 'CONTENT_TYPE' || key === 'CONTENT_LENGTH' ? key : `HTTP_${key}`] = environ.headers.get(name);
  }
  return dictionary;
}

/** Percent-decoded to bytes, each a character of latin1. */
function decoded(path: string): string {
  return path.replace(/%([0-9a-f]{2})/gi, (_match, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}
