import { readDocument } from '../lib/document.ts';
import { jsonSchemaOf } from '../lib/json-schema.ts';
import { type Problem, ProblemsError } from '../lib/problem.ts';
import { problemsOf } from '../lib/schema-problems.ts';
import { complete } from './complete.ts';
import { readEnvironment } from './environment.ts';
import { findFile } from './file.ts';
import { keysOf } from './keys.ts';
import { overlay, resolveFiles, strongerThan, withoutNothing } from './layers.ts';
import { createOrigins, type Origins } from './origins.ts';
import type { LoadPorts } from './ports.ts';
import { type Config, Settings } from './schema.ts';
import { secretProblems } from './secret-problems.ts';
import { takeSecrets } from './secrets.ts';

export interface LoadedConfig {
  readonly config: Config;
  /** The absolute path of the configuration file, where there is one. */
  readonly file: string | undefined;
  /** What the settings came from: the file and each variable. Empty: defaults alone. */
  readonly sources: readonly string[];
  /** What is odd but does not stop the start. */
  readonly warnings: readonly string[];
  /** What was decided for the operator, and why. */
  readonly notes: readonly string[];
  /** What was written, before defaults and parsing; secrets are SecretSources. */
  readonly written: unknown;
}

/** The settings as they were written, and where. */
interface Written {
  readonly value: unknown;
  readonly origins: Origins;
  readonly problems: readonly Problem[];
  readonly warnings: readonly string[];
  readonly file: string | undefined;
  readonly sources: readonly string[];
}

/**
 * Defaults, then the file, then the environment. `file` is what `--config` named. Throws a ProblemsError with all
 * that is wrong with the settings or, where they are right, with all that is wrong with the files that they name.
 */
export async function loadConfig(ports: LoadPorts, file?: string): Promise<LoadedConfig> {
  const written = await readWritten(ports, file);
  const settings = check(written);
  const { config, problems, warnings, notes } = await complete(settings, written.origins, ports);
  if (problems.length > 0) throw new ProblemsError(problems);
  const { value, sources } = written;
  return { config, file: written.file, sources, warnings: [...written.warnings, ...warnings], notes, written: value };
}

async function readWritten(ports: LoadPorts, named: string | undefined): Promise<Written> {
  const file = await findFile(ports, named);
  const document = file && readDocument(file.label, file.text);
  const environment = readEnvironment(keysOf(Settings), ports.env);
  const own = withoutNothing(document?.value ?? {});
  const entries = strongerThan(own, environment.values);
  const origins = createOrigins({ document, file: file?.path, entries, cwd: ports.cwd });
  const layered = overlay(own, entries);
  const { value, twins } = takeSecrets(jsonSchemaOf(Settings), resolveFiles(layered, origins.baseOf));
  return {
    value,
    origins,
    problems: [...environment.problems, ...(await secretProblems(twins, origins, ports.readFile))],
    warnings: environment.warnings,
    file: file?.path,
    sources: [...(file ? [file.label] : []), ...entries.map(({ variable }) => variable)],
  };
}

function check({ value, origins, problems }: Written): Settings {
  const result = Settings.safeParse(value);
  const faults = result.success ? [] : problemsOf(Settings, value, result.error);
  const all = [...problems, ...faults.map(({ path, message, mend }) => origins.problemAt(path, message, mend))];
  if (result.success && all.length === 0) return result.data;
  throw new ProblemsError(all);
}
