import { z } from 'zod';
import { readDocument } from '../lib/document.ts';
import { nearestName } from '../lib/nearest.ts';
import type { Problem } from '../lib/problem.ts';
import type { Origins } from './origins.ts';
import type { LoadPorts } from './ports.ts';
import type { Settings } from './schema.ts';

/** Of an Alertmanager file, the names alone: the rest is its own loader's, which also says what is wrong with it. */
const Receivers = z.object({ receivers: z.array(z.object({ name: z.string() })) });

/** What only all chains together show, or chains and the Alertmanager file: names twice, steps out of order, no such receiver. */
export async function escalationProblems(
  { escalations, alertmanager }: Settings,
  origins: Origins,
  { readFile }: Pick<LoadPorts, 'readFile'>,
): Promise<readonly Problem[]> {
  if (escalations.length === 0) return [];
  const file = alertmanager.config_file;
  if (file === undefined) {
    const message = 'found chains without alertmanager.config_file, expected the file that has their receivers';
    return [origins.problemAt(['escalations'], message, 'Set alertmanager.config_file')];
  }
  const receivers = await receiversIn(file, readFile);
  return [
    ...nameProblems(escalations, origins),
    ...orderProblems(escalations, origins),
    ...(receivers ? receiverProblems(escalations, { file, receivers }, origins) : []),
  ];
}

async function receiversIn(file: string, readFile: LoadPorts['readFile']): Promise<readonly string[] | undefined> {
  try {
    const { data } = Receivers.safeParse(readDocument(file, await readFile(file)).value);
    return data?.receivers.map(({ name }) => name);
  } catch {
    return undefined;
  }
}

type Chains = Settings['escalations'];

function nameProblems(chains: Chains, origins: Origins): readonly Problem[] {
  return chains.flatMap(({ name }, index) => {
    if (chains.findIndex((each) => each.name === name) === index) return [];
    const message = `found ${JSON.stringify(name)} a second time, expected a name for each chain`;
    return [origins.problemAt(['escalations', index, 'name'], message, 'Rename the chain')];
  });
}

function orderProblems(chains: Chains, origins: Origins): readonly Problem[] {
  return chains.flatMap(({ steps }, chain) =>
    steps.flatMap(({ after }, index) => {
      const before = steps[index - 1]?.after ?? -1;
      if (after > before) return [];
      const message = `found ${after / 1000} s, expected more than the ${before / 1000} s of the step before it`;
      const mend = 'Put the steps in the order of their times, each at a time of its own';
      return [origins.problemAt(['escalations', chain, 'steps', index, 'after'], message, mend)];
    }),
  );
}

function receiverProblems(
  chains: Chains,
  { file, receivers }: { readonly file: string; readonly receivers: readonly string[] },
  origins: Origins,
): readonly Problem[] {
  return chains.flatMap(({ steps }, chain) =>
    steps.flatMap(({ receiver }, index) => {
      if (receivers.includes(receiver)) return [];
      const message = `found ${JSON.stringify(receiver)}, which no receiver of ${file} is called`;
      const nearest = nearestName(receiver, receivers);
      const mend = nearest ? `Did you mean ${nearest}?` : `Add it there; there are: ${receivers.join(', ') || 'none'}`;
      return [origins.problemAt(['escalations', chain, 'steps', index, 'receiver'], message, mend)];
    }),
  );
}
