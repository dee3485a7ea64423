import { createHash, timingSafeEqual } from 'node:crypto';
import { join } from 'node:path';
import { type ContainerDetails, runnerLabel } from '../model/container.ts';
import type { BrokerPorts } from './ports.ts';
import type { Refusal, Refused } from './request.ts';

/** The container that asks, and the runner that lives in it. */
export interface Asker {
  readonly runner: string;
  readonly container: ContainerDetails;
  readonly startedAt: number;
}

/** As GitHub's names of runners, and no path. */
const runnerName = /^(?!\.)[\w.-]{1,64}$/;

/** The one running container that has the address, where it is labelled as a runner that no other one is. */
export async function askerAt(
  address: string | undefined,
  { docker }: Pick<BrokerPorts, 'docker'>,
  signal: AbortSignal,
): Promise<Asker | Refused> {
  const listed = await docker.list(signal);
  const [found, ...others] = listed.filter(({ addresses }) => address !== undefined && addresses.includes(address));
  // Only the label counts: a container's environment is looked at nowhere here.
  const runner = found?.labels[runnerLabel];
  if (!found || others.length > 0 || runner === undefined) return stranger('the address is not that of a runner here');
  if (!runnerName.test(runner)) return stranger(`the label ${runnerLabel} holds no name of a runner`);
  const same = listed.filter(({ labels, state }) => labels[runnerLabel] === runner && state === 'running');
  if (same.length !== 1) return stranger(`${same.length} running containers are labelled as the runner ${runner}`);
  const container = await docker.inspect(found.id, signal);
  const startedAt = container?.state.startedAt;
  if (!container?.state.running || startedAt === undefined) return stranger('the container has ended');
  return { runner, container, startedAt };
}

function stranger(reason: string): Refused {
  return { outcome: 'not-a-runner', reason };
}

interface Shown {
  readonly keysDir: string;
  readonly runner: string;
  readonly key: string | undefined;
}

/** Undefined where it is the runner's own key; otherwise what it is: the decoy that hangs in its container, or anything. */
export async function wrongKey(shown: Shown, readFile: BrokerPorts['readFile']): Promise<Refusal | undefined> {
  if (await isSecret('key', shown, readFile)) return undefined;
  return (await isSecret('decoy', shown, readFile)) ? 'decoy' : 'bad-key';
}

/**
 * Only digests are here, so that who reads this side's files has no key; they are read at each use, so that a new key
 * counts at once.
 */
async function isSecret(
  name: 'key' | 'decoy',
  { keysDir, runner, key }: Shown,
  readFile: BrokerPorts['readFile'],
): Promise<boolean> {
  const text = await readFile(join(keysDir, runner, `${name}.sha256`)).catch(() => '');
  const expected = /^([0-9a-f]{64})\s*$/.exec(text)?.[1];
  if (expected === undefined || key === undefined) return false;
  return timingSafeEqual(createHash('sha256').update(key).digest(), Buffer.from(expected, 'hex'));
}
