import { resolve } from 'node:path';
import { loadRules } from '../alerts/rules.ts';
import { loadFile } from '../config/documents.ts';
import { formatProblem } from '../lib/problem.ts';
import type { CommandIo, ExitCode } from './command.ts';

/** Loads each rule file as `start` would; all of them, so that one round mends all. */
export async function checkRules(io: CommandIo, files: readonly string[]): Promise<ExitCode> {
  const results = await Promise.all(files.map((file) => checkFile(io, file)));
  return results.every((isGood) => isGood) ? 0 : 1;
}

async function checkFile({ ports, out, err }: CommandIo, file: string): Promise<boolean> {
  const read = (path: string) => ports.readFile(resolve(ports.cwd, path));
  const { value: groups = [], problems } = await loadFile(file, read, loadRules);
  for (const problem of problems) err(formatProblem(problem));
  if (problems.length > 0) return false;
  const rules = groups.reduce((count, group) => count + group.rules.length, 0);
  out(`OK ${file}: ${groups.length} groups, ${rules} rules`);
  return true;
}
