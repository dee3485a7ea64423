import type { ChangedScope, GithubRunner, GithubScope } from '../model/runner.ts';
import { runsJob } from '../model/runner-process.ts';
import { changedProgram } from '../model/runner-programs.ts';
import type { Asker } from './identity.ts';
import type { BrokerPorts } from './ports.ts';
import type { Granted, GrantKind, Refused, TokenBody } from './request.ts';
import { standingOf } from './standing.ts';

interface Gift {
  readonly asker: Asker;
  readonly kind: Exclude<GrantKind, 'kept'>;
  readonly body: TokenBody;
  readonly scope: ChangedScope;
  readonly ports: BrokerPorts;
  readonly signal: AbortSignal;
}

/** Compose's own, on each container that it makes. */
const serviceLabel = 'com.docker.compose.service';

/** GitHub takes a listener that was killed for online for about a minute. */
const settledAfter = 20;

/** The scope that is meant, of those that are watched. */
export function scopeFor(name: string | undefined, watched: readonly GithubScope[]): ChangedScope | undefined {
  const possible = watched.filter((scope): scope is ChangedScope => scope.kind !== 'enterprise');
  if (name === undefined) return possible.length === 1 ? possible[0] : undefined;
  return possible.find((scope) => scope.name.toLowerCase() === name.toLowerCase());
}

/** Asks GitHub for what the runner wants. Throws where Docker or GitHub fails. */
export function give(gift: Gift): Promise<Granted | Refused> {
  return gifts[gift.kind](gift);
}

/** The one thing that is worth stealing: it registers any runner in the scope, for an hour. */
async function giveRegistration({ asker, scope, ports, signal }: Gift): Promise<Granted | Refused> {
  const changed = changedProgram((await ports.docker.changes(asker.container.name, signal)) ?? []);
  if (changed !== undefined) {
    const how = `docker compose up -d --force-recreate ${asker.container.labels[serviceLabel] ?? 'SERVICE'}`;
    const reason = `${changed} is not the image's any more, by an update or by a job: make the container anew (${how})`;
    return { outcome: 'programs-changed', reason };
  }
  const namesake = await namesakeOf(asker, { scope, ports, signal });
  if (namesake?.status === 'online') return taken(namesake);
  const token = await ports.github().createRegistrationToken(scope, signal);
  return { outcome: 'granted', kind: 'registration', token };
}

/** Good for this runner's name and one job. What an earlier start of it left at GitHub is taken out before. */
async function giveJitConfig({ asker, body, scope, ports, signal }: Gift): Promise<Granted | Refused> {
  const standing = standingOf(asker.container, (await ports.docker.version(signal)).architecture);
  if ('outcome' in standing) return standing;
  const namesake = await namesakeOf(asker, { scope, ports, signal });
  if (namesake?.status === 'online') return taken(namesake);
  if (namesake && !(await ports.github().removeRunner(scope, namesake.id, signal))) return busy(namesake);
  const wanted = { name: asker.runner, ...standing, workFolder: body.work };
  const made = await ports.github().createJitConfig(scope, wanted, signal);
  if (!made) return { outcome: 'name-taken', reason: `GitHub has a runner ${asker.runner}`, retryAfter: settledAfter };
  return { outcome: 'granted', kind: 'jit', encoded_jit_config: made.config };
}

/** Done here: a removal token would take out any runner of the scope. */
async function remove({ asker, scope, ports, signal }: Gift): Promise<Granted | Refused> {
  const namesake = await namesakeOf(asker, { scope, ports, signal });
  if (!namesake) return { outcome: 'granted', kind: 'remove', removed: false };
  // No entrypoint asks in the middle of a job. What GitHub alone calls busy is a job that has just ended.
  if (await hasJob(asker, ports, signal)) return { outcome: 'working', reason: 'a job runs in its container' };
  if (!(await ports.github().removeRunner(scope, namesake.id, signal))) return busy(namesake);
  return { outcome: 'granted', kind: 'remove', removed: true };
}

async function hasJob({ container }: Asker, { docker }: BrokerPorts, signal: AbortSignal): Promise<boolean> {
  return runsJob((await docker.top(container.name, signal)) ?? []);
}

const gifts = { registration: giveRegistration, jit: giveJitConfig, remove } as const;

async function namesakeOf(
  { runner }: Asker,
  { scope, ports, signal }: Pick<Gift, 'scope' | 'ports' | 'signal'>,
): Promise<GithubRunner | undefined> {
  return (await ports.github().listRunners(scope, signal)).find(({ name }) => name === runner);
}

function taken({ name }: GithubRunner): Refused {
  const reason = `GitHub sees a runner ${name} online: one that was killed goes offline soon, another needs its own name`;
  return { outcome: 'name-taken', reason, retryAfter: settledAfter };
}

function busy({ name }: GithubRunner): Refused {
  return { outcome: 'busy', reason: `GitHub says that ${name} works on a job`, retryAfter: settledAfter };
}
