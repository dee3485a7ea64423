import { stringify } from 'yaml';
import { type Documents, loadDocuments } from '../config/documents.ts';
import { type LoadedConfig, loadConfig } from '../config/load.ts';
import { effectiveSettings } from '../config/redact.ts';
import { ProblemsError } from '../lib/problem.ts';
import type { CommandIo, ExitCode } from './command.ts';

interface CheckConfigOptions {
  readonly file: string | undefined;
  /** Whether the settings that would be in force are printed, secrets left out. */
  readonly print: boolean;
}

/** Loads the configuration and every file that it names, as `start` would, and says all that is wrong. */
export async function checkConfig(io: CommandIo, { file, print }: CheckConfigOptions): Promise<ExitCode> {
  try {
    const loaded = await loadConfig(io.ports, file);
    const documents = await loadDocuments(loaded.config, io.ports.readFile);
    for (const warning of loaded.warnings) io.err(`warning: ${warning}`);
    if (print) io.out(stringify(effectiveSettings(loaded)).trimEnd());
    else for (const line of summary(loaded, documents)) io.out(line);
    return 0;
  } catch (error) {
    if (!(error instanceof ProblemsError)) throw error;
    io.err(error.message);
    return 1;
  }
}

function summary({ config, sources }: LoadedConfig, { groups, routing }: Documents): readonly string[] {
  const rules = groups.reduce((count, group) => count + group.rules.length, 0);
  return [
    `OK configuration: ${sources.length === 0 ? 'defaults alone' : sources.join(', ')}`,
    ...(config.rules.enabled ? [`OK rules: ${rules} in ${config.rules.files.length} files`] : []),
    ...(routing ? [`OK routing: ${config.alertmanager.config_file}`] : []),
  ];
}
