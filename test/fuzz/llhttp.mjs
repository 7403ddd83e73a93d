/** Our parser against node:http's llhttp, on inputs that mutate the wire cases. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { compare } from './compare.mjs';
import { mutate } from './mutate.mjs';
import { readAll as readTheirs } from './node-http.mjs';
import { OwnParser } from './own-parser.mjs';
import { Random } from './random.mjs';

const at = (path) => new URL(path, import.meta.url).pathname;
const root = at('../..');
const program = `${root}build/native-test/plain/fuzz/verdicts`;
const corpus = at('corpus/llhttp');
const batchSize = 128;
const mostFindings = 10;

export const summary =
  "our parser against node:http's llhttp: no request read otherwise, nothing accepted that it refuses";

/** Why this cannot run here, or null. */
export function unavailable() {
  const { status, stderr, error } = spawnSync('make', ['-s', '-C', `${root}native/test`, 'verdicts'], {
    encoding: 'utf8',
  });
  if (status === 0) return null;
  return `our parser's program could not be built: ${error?.message ?? stderr.trim().split('\n')[0]}`;
}

/** The wire cases, and what was found once. */
export function seeds() {
  const cases = readFileSync(at('../data/wire-cases.jsonl'), 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => Buffer.from(JSON.parse(line).raw_b64, 'base64'));
  return [...cases, ...readdirSync(corpus).map((name) => readFileSync(`${corpus}/${name}`))];
}

/**
 * @param {{ seed: number, seconds: number, cases: number, files: readonly string[] }} options the first limit reached
 *   ends it; with files those alone are read, whole and cut in the middle
 * @returns {Promise<{ executions: number, known: Record<string, number>, findings: string[] }>}
 */
export async function run({ seed, seconds, cases, files }) {
  const reviewed = JSON.parse(readFileSync(at('llhttp-differences.json'), 'utf8'));
  const own = new OwnParser(program);
  const known = {};
  const findings = [];
  let executions = 0;
  const judge = async (inputs) => {
    const [ours, theirs] = await Promise.all([own.readAll(inputs), readTheirs(inputs)]);
    executions += inputs.length;
    return inputs.flatMap((input, i) => {
      const found = compare(ours[i], theirs[i], input.bytes.toString('latin1'), reviewed);
      if (found?.known) known[found.difference] = (known[found.difference] ?? 0) + 1;
      return found && !found.known ? [{ ...input, ...found, ours: ours[i], theirs: theirs[i] }] : [];
    });
  };
  const told = new Set();
  const tell = async (found) => {
    if (told.has(found.difference)) return;
    told.add(found.difference);
    const small = await smaller(found, judge);
    findings.push(describe(small, keep(small.bytes)));
  };
  try {
    const start = files.length > 0 ? files.map((file) => readFileSync(file)) : seeds();
    const both = start.flatMap((bytes) => [0, bytes.length >> 1].map((cut) => ({ bytes, cut })));
    for (const found of await judge(both)) await tell(found);
    const random = new Random(seed);
    const end = performance.now() + seconds * 1000;
    while (files.length === 0 && findings.length < mostFindings && executions < cases && performance.now() < end) {
      const inputs = Array.from({ length: batchSize }, () => {
        const bytes = mutate(random, start, random.chance(200) ? 40_000 : 2048);
        return { bytes, cut: random.below(bytes.length + 1) };
      });
      for (const found of await judge(inputs)) await tell(found);
    }
  } finally {
    own.close();
  }
  return { executions, known, findings };
}

/** The same difference with fewer bytes, as far as cutting pieces out shows it. */
async function smaller(found, judge) {
  for (let size = found.bytes.length >> 1; size > 0; size >>= 1)
    for (let from = 0; from < found.bytes.length; ) {
      const bytes = Buffer.concat([found.bytes.subarray(0, from), found.bytes.subarray(from + size)]);
      const again = (await judge([{ bytes, cut: 0 }])).find(({ difference }) => difference === found.difference);
      if (again) found = again;
      else from += size;
    }
  return found;
}

function keep(bytes) {
  const folder = `${root}build/native-test/found`;
  mkdirSync(folder, { recursive: true });
  const path = `${folder}/llhttp-${Buffer.from(bytes).toString('base64url').slice(0, 24)}-${bytes.length}`;
  writeFileSync(path, bytes);
  return path;
}

function describe({ difference, bytes, ours, theirs }, path) {
  const short = (text) => (text.length > 400 ? `${text.slice(0, 200)} … ${text.slice(-200)}` : text);
  const told = ({ end, requests }) => short(`${end} after ${JSON.stringify(requests)}`);
  const input = short(JSON.stringify(bytes.toString('latin1')));
  return `${difference}\n  input  ${input}\n  ours   ${told(ours)}\n  llhttp ${told(theirs)}\n  again: npm run fuzz llhttp -- --file ${path}`;
}
