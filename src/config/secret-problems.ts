import type { Problem } from '../lib/problem.ts';
import { readSecret, secretFile } from '../lib/secret.ts';
import { codeOf } from './file.ts';
import type { Origins } from './origins.ts';
import type { LoadPorts } from './ports.ts';
import type { SecretTwin } from './secrets.ts';

/** What is wrong with the secrets' files now; later readings, after a rotation, fail at their use. */
export async function secretProblems(
  twins: readonly SecretTwin[],
  origins: Origins,
  readFile: LoadPorts['readFile'],
): Promise<readonly Problem[]> {
  const problems = await Promise.all(twins.map((twin) => problemOf(twin, origins, readFile)));
  return problems.filter((problem) => problem !== undefined);
}

async function problemOf(
  { path, target, file, both }: SecretTwin,
  origins: Origins,
  readFile: LoadPorts['readFile'],
): Promise<Problem | undefined> {
  if (both) {
    const message = `found it beside ${String(target.at(-1))}, expected one of the two`;
    return origins.problemAt(path, message, 'Remove one of them');
  }
  const text = await readFile(file).catch((error: unknown) => ({ code: codeOf(error) }));
  if (typeof text !== 'string') {
    const message = `found no readable file at ${file} (${text.code})`;
    return origins.problemAt(path, message, 'Correct the path or the file and its permissions');
  }
  const empty = await readSecret(secretFile(file), async () => text).then(
    () => false,
    () => true,
  );
  if (!empty) return undefined;
  return origins.problemAt(
    path,
    `found an empty file at ${file}, expected the secret in it`,
    'Write the secret into it',
  );
}
