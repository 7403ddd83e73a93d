/**
 * A process that runs one of clinic's tools: `collect MODULE DIRECTORY NAME COMMAND…`, then `visualize MODULE DIRECTORY DATA`.
 *
 * Collecting, it ends when the command has ended and its data are written. A process of its own because clinic writes
 * into the working directory, and listens to signals.
 */
import { createRequire } from 'node:module';

interface ClinicTool {
  on(event: 'warning', listener: (text: string) => void): void;
  collect(command: readonly string[], done: (error: Error | null, data: string) => void): void;
  visualize(data: string, html: string, done: (error?: Error | null) => void): void;
}

const [verb, modulePath = '', directory = '.', name = '', ...command] = process.argv.slice(2);
process.chdir(directory);
const Tool = createRequire(import.meta.url)(modulePath) as new (settings: object) => ClinicTool;
const tool = new Tool({ dest: '.', name });
tool.on('warning', (text) => console.error(text));

const end = (error?: Error | null): void => {
  if (error) console.error(error.message);
  process.exit(error ? 1 : 0);
};
if (verb === 'collect') tool.collect(command, (error) => end(error));
else tool.visualize(name, `${name}.html`, end);
