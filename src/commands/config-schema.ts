import { configJsonSchema } from '../config/json-schema.ts';
import type { CommandIo, ExitCode } from './command.ts';

/** Prints the JSON Schema of runnerwatch.yml. */
export function configSchema({ out }: CommandIo): ExitCode {
  out(JSON.stringify(configJsonSchema(), null, 2));
  return 0;
}
