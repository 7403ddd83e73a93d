import { expect, it } from 'vitest';
import { toCgi } from '../../src/gateway/cgi.js';
import { LazyHeaders } from '../../src/gateway/request-headers.js';
import type { Environ } from '../../src/gateway/types.js';

function environ(changes: Partial<Environ> = {}, fields: [string, string][] = []): Environ {
  return {
    method: 'GET',
    scriptName: '/app',
    path: '/a%20b/%C3%A4',
    query: 'q=%20',
    protocol: 'HTTP/1.1',
    scheme: 'http',
    serverName: 'localhost',
    serverPort: 8080,
    remoteAddress: '127.0.0.1',
    remotePort: 4711,
    multithread: false,
    multiprocess: true,
    runOnce: false,
    inputTerminated: true,
    headers: new LazyHeaders(() => fields),
    extensions: { 'x.y': 1 },
    ...changes,
  } as Environ;
}

it('toCgi: the names of CGI and WSGI', () => {
  expect(toCgi(environ())).toMatchObject({
    REQUEST_METHOD: 'GET',
    SCRIPT_NAME: '/app',
    PATH_INFO: '/a b/\u00c3\u00a4', // bytes as characters (PEP 3333)
    QUERY_STRING: 'q=%20',
    SERVER_NAME: 'localhost',
    SERVER_PORT: '8080',
    SERVER_PROTOCOL: 'HTTP/1.1',
    REMOTE_ADDR: '127.0.0.1',
    REMOTE_PORT: '4711',
    'wsgi.version': [1, 0],
    'wsgi.url_scheme': 'http',
    'wsgi.multiprocess': true,
    'wsgi.run_once': false,
    'wsgi.input_terminated': true,
    'x.y': 1,
  });
});

it('toCgi: header fields, and what must not become a variable', () => {
  const fields: [string, string][] = [
    ['Content-Type', 'text/plain'],
    ['Content-Length', '3'],
    ['X-A', '1'],
    ['X-A', '2'],
    ['Cookie', 'a=1'],
    ['Cookie', 'b=2'],
    ['Proxy', 'http://evil/'],
    ['X_A', 'spoofed'],
  ];
  const variables = toCgi(environ({}, fields));
  expect(variables).toMatchObject({
    CONTENT_TYPE: 'text/plain',
    CONTENT_LENGTH: '3',
    HTTP_X_A: '1, 2',
    HTTP_COOKIE: 'a=1; b=2',
  });
  expect(Object.keys(variables)).not.toContain('HTTP_PROXY');
});
