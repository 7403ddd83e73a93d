// `npm run fuzz [TARGET] [SECONDS]`: every target, or one, for SECONDS each; findings end it with exit code 1.
import { parseArgs } from 'node:util';
import { targets } from './targets.mjs';

const secondsOfAll = 60;

const help = `npm run fuzz [TARGET] [SECONDS] [-- --seed N] [--cases N] [--file FILE]

${Object.entries(targets)
  .map(([name, { summary }]) => `  ${name.padEnd(16)} ${summary}`)
  .join('\n')}

Without a target: all of them, SECONDS each or ${secondsOfAll} s together. What is found is kept in build/native-test/found/, as small as it could be
made, and FILE reads it again. --seed repeats the inputs of the targets that are not libFuzzer's.`;

/** @returns the exit code */
async function main(argv) {
  const { values, positionals } = parseArgs({
    args: argv,
    allowPositionals: true,
    options: {
      seed: { type: 'string', default: '1' },
      cases: { type: 'string' },
      file: { type: 'string', multiple: true, default: [] },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) {
    console.log(help);
    return 0;
  }
  const numeric = /^\d+(\.\d+)?$/;
  const name = positionals.find((word) => !numeric.test(word));
  if (name !== undefined && !Object.hasOwn(targets, name)) {
    console.error(`no fuzz target ${JSON.stringify(name)}; there are:\n${help.split('\n').slice(2).join('\n')}`);
    return 2;
  }
  const chosen = name === undefined ? Object.keys(targets) : [name];
  const given = positionals.find((word) => numeric.test(word));
  const options = {
    seed: Number(values.seed),
    seconds: Number(given ?? secondsOfAll / chosen.length),
    cases: values.cases === undefined ? Number.POSITIVE_INFINITY : Number(values.cases),
    files: values.file,
  };
  let total = 0;
  let found = 0;
  for (const each of chosen) {
    const { executions, findings } = await fuzz(each, options);
    total += executions;
    found += findings;
  }
  console.log(`${total} executions, ${found} findings`);
  return found > 0 ? 1 : 0;
}

async function fuzz(name, options) {
  const target = targets[name];
  const why = target.unavailable();
  if (why !== null) {
    console.log(`${name}: skipped: ${why}`);
    return { executions: 0, findings: 0 };
  }
  const { executions, known = {}, findings } = await target.run(options);
  console.log(`${name}: ${executions} executions, seed ${options.seed}, ${findings.length} findings`);
  const reviewed = Object.entries(known).sort(([, a], [, b]) => b - a);
  for (const [difference, count] of reviewed) console.log(`  ${String(count).padStart(8)}  ${difference}`);
  for (const finding of findings) console.log(`FOUND ${finding}`);
  return { executions, findings: findings.length };
}

process.exitCode = await main(process.argv.slice(2));
