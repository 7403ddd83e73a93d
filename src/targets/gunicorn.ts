import { type PythonTargetOptions, pythonTarget } from './python.js';
import type { Target } from './target.js';

/** Readers that stall hold a thread each; the full form of the scenario has a thousand of them. */
const threads = 1100;
/** As its documentation advises for two cores. */
const processes = 5;

const noAsync = 'WSGI has no asynchronous bodies';
const noHead = 'a WSGI application that waits before its head cannot be told that its client has gone';
const blocked = `a sync worker serves one client until it is done: ${processes} that stay are the whole server`;

const common: Pick<PythonTargetOptions, 'module' | 'version' | 'debian'> = {
  module: 'gunicorn',
  version: 'gunicorn.__version__',
  debian: 'gunicorn',
};

const command = (kind: string, workers: number, perWorker: number) => (apps: string) => [
  ...['-m', 'gunicorn', '--config', `${apps}/gunicorn_conf.py`, '--bind', '127.0.0.1:0'],
  ...['--worker-class', kind, '--workers', String(workers), '--threads', String(perWorker), 'wsgi:app'],
];

/** One client a process. */
export const gunicornSync: Target = pythonTarget({
  ...common,
  name: 'gunicorn-sync',
  summary: `gunicorn, ${processes} sync workers, a WSGI generator with close()`,
  command: command('sync', processes, 1),
  paths: ['/', '/stream', '/paced', '/finite', '/storm-then-data', '/storm-between', '/fixed', '/upload', '/early'],
  cannot: {
    '/async': noAsync,
    '/tick': noAsync,
    '/endless-async': noAsync,
    '/silent': noHead,
    '/idle': blocked,
    '/endless': blocked,
    '/storm': blocked,
    '/storm-told': blocked,
  },
});

/** One client a thread. */
export const gunicornThreads: Target = pythonTarget({
  ...common,
  name: 'gunicorn-gthread',
  summary: `gunicorn, one gthread worker of ${threads} threads, a WSGI generator with close()`,
  command: command('gthread', 1, threads),
  paths: [
    ...['/', '/stream', '/idle', '/paced', '/finite', '/endless', '/storm', '/storm-told', '/storm-then-data'],
    ...['/storm-between', '/fixed', '/memory', '/upload', '/early'],
  ],
  cannot: { '/async': noAsync, '/tick': noAsync, '/endless-async': noAsync, '/silent': noHead },
});
