import { resolve } from 'node:path';
import type { Problem } from '../lib/problem.ts';
import { escalationProblems } from './escalations.ts';
import { codeOf } from './file.ts';
import { githubProblems } from './github-problems.ts';
import { listenProblems } from './listen-problems.ts';
import { decideDataDir, externalUrlOf, instanceOf } from './machine.ts';
import type { Origins } from './origins.ts';
import type { LoadPorts } from './ports.ts';
import { findRuleFiles } from './rule-files.ts';
import type { Config, Settings } from './schema.ts';
import { targetProblems } from './targets.ts';

interface Completed {
  readonly config: Config;
  readonly problems: readonly Problem[];
  readonly warnings: readonly string[];
  readonly notes: readonly string[];
}

/** Decides what the settings left to the machine, makes paths absolute, and checks keys against each other. */
export async function complete(settings: Settings, origins: Origins, ports: LoadPorts): Promise<Completed> {
  const { listen, scrape } = settings;
  const dataDir =
    settings.data_dir === undefined
      ? await decideDataDir(ports)
      : { value: resolve(origins.baseOf(['data_dir']), settings.data_dir), because: 'data_dir says so' };
  const rules = settings.rules.enabled
    ? await findRuleFiles(settings.rules.files, origins, ports.glob)
    : { files: [], problems: [], warnings: [] };
  return {
    config: {
      ...settings,
      external_url: settings.external_url ?? externalUrlOf(listen, ports.hostname),
      data_dir: dataDir.value,
      docker: { host: settings.docker.host ?? 'unix:///var/run/docker.sock' },
      scrape: { ...scrape, instance: scrape.instance ?? instanceOf(listen, ports.hostname) },
      rules: { ...settings.rules, files: [...rules.files] },
    },
    problems: [
      ...rules.problems,
      ...targetProblems(settings, origins),
      ...githubProblems(settings, origins),
      ...listenProblems(settings, origins),
      ...(await routingProblems(settings, origins, ports)),
      ...(await escalationProblems(settings, origins, ports)),
    ],
    warnings: [...rules.warnings, ...warningsOf(settings)],
    notes: [`data is kept in ${dataDir.value}, because ${dataDir.because}`, ...notesOf(settings)],
  };
}

/** Read here, although its unit reads it again, so that a wrong path is told with the key's own line. */
async function routingProblems({ alertmanager }: Settings, origins: Origins, { readFile }: LoadPorts) {
  const file = alertmanager.config_file;
  const code = file === undefined ? undefined : await readFile(file).then(() => undefined, codeOf);
  if (code === undefined) return [];
  const message = `found no readable file at ${file} (${code})`;
  const mend = 'Correct the path or the file and its permissions';
  return [origins.problemAt(['alertmanager', 'config_file'], message, mend)];
}

function warningsOf({ rules, alertmanager, alertmanagers, escalations }: Settings): readonly string[] {
  const unused = [
    ...(alertmanager.config_file === undefined ? [] : ['alertmanager.config_file']),
    ...(alertmanagers.length === 0 ? [] : ['alertmanagers']),
    ...(escalations.length === 0 ? [] : ['escalations']),
  ];
  return rules.enabled ? [] : unused.map((key) => `${key} is not used, because rules.enabled is false`);
}

function notesOf(settings: Settings): readonly string[] {
  return [...recoveryNotes(settings), ...linkNotes(settings)];
}

function linkNotes({ escalations, external_url: url }: Settings): readonly string[] {
  if (escalations.length === 0 || url !== undefined) return [];
  return ['links that acknowledge alerts lead to the address of listen, because external_url is not set'];
}

function recoveryNotes({ recovery }: Settings): readonly string[] {
  if (!recovery.enabled) return ['no runner is restarted, because recovery.enabled is false'];
  if (recovery.token) return [];
  return ['no runner is restarted, because recovery.token is not set: /api/v1/recover refuses every call'];
}
