import type { ServerStats } from '../engines/engine.js';

/** Figures of one server, and what tells it from others on the same page. */
export interface Figures {
  readonly labels: Readonly<Record<string, string>>;
  readonly stats: ServerStats;
}

interface Family {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge';
  /** The label by whose values the figures are told apart; absent: there is one figure. */
  readonly label?: string;
  read(stats: ServerStats): number | Readonly<Record<string, number>>;
}

const FAMILIES: readonly Family[] = [
  {
    name: 'halfopen_connections',
    help: 'Open connections, by what they are doing.',
    type: 'gauge',
    label: 'state',
    read: (s) => s.states,
  },
  {
    name: 'halfopen_connections_accepted_total',
    help: 'Connections accepted.',
    type: 'counter',
    read: (s) => s.accepted,
  },
  {
    name: 'halfopen_connections_closed_total',
    help: 'Connections that the server itself ended, by cause.',
    type: 'counter',
    label: 'cause',
    read: (s) => s.closed,
  },
  {
    name: 'halfopen_accept_pauses_total',
    help: 'How often accepting stopped, by cause.',
    type: 'counter',
    label: 'cause',
    read: (s) => s.acceptPauses,
  },
  {
    name: 'halfopen_requests_total',
    help: 'Requests given to the application.',
    type: 'counter',
    read: (s) => s.requests,
  },
  {
    name: 'halfopen_requests_in_flight',
    help: 'Requests being answered.',
    type: 'gauge',
    read: (s) => s.inFlight,
  },
  {
    name: 'halfopen_refusals_total',
    help: 'Requests that the server refused by itself, by status.',
    type: 'counter',
    label: 'status',
    read: (s) => s.refused,
  },
  {
    name: 'halfopen_disconnects_total',
    help: 'Responses whose client left before their end, by reason.',
    type: 'counter',
    label: 'reason',
    read: (s) => s.disconnects,
  },
  {
    name: 'halfopen_bodies_waiting',
    help: 'Response bodies that wait, by what for.',
    type: 'gauge',
    label: 'for',
    read: (s) => s.waiting,
  },
  {
    name: 'halfopen_queued_bytes',
    help: 'Bytes of responses that the kernel has not taken.',
    type: 'gauge',
    read: (s) => s.queuedBytes,
  },
];

export const CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** Prometheus' text format: https://prometheus.io/docs/instrumenting/exposition_formats/ */
export function exposition(servers: readonly Figures[]): string {
  return FAMILIES.map((family) => {
    const lines = servers.flatMap(({ labels, stats }) => samples(family, labels, family.read(stats)));
    return `# HELP ${family.name} ${escapeHelp(family.help)}\n# TYPE ${family.name} ${family.type}\n${lines.join('')}`;
  }).join('');
}

function samples(
  { name, label = '' }: Family,
  labels: Figures['labels'],
  value: number | Readonly<Record<string, number>>,
): string[] {
  if (typeof value === 'number') return [`${name}${written(labels)} ${value}\n`];
  return Object.entries(value).map(([key, each]) => `${name}${written({ ...labels, [label]: key })} ${each}\n`);
}

function written(labels: Figures['labels']): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escapeValue(value)}"`);
  return pairs.length > 0 ? `{${pairs.join(',')}}` : '';
}

const escapeHelp = (text: string) => text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
const escapeValue = (text: string) => escapeHelp(text).replaceAll('"', '\\"');
