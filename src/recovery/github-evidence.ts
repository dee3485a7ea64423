import type { RunnerEvidence, RunnerStatus } from '../model/runner.ts';
import type { Sample } from '../model/sample.ts';

/** What GitHub's families say of one runner name in one scope. Times are seconds since the epoch, as in the samples. */
interface Registration {
  id?: number;
  online?: boolean;
  busy?: boolean;
  saidAt?: number;
  offlineSince?: number;
  outdated?: boolean;
  updateDeadline?: number;
}

/** By scope: two scopes may have runners of one name. */
export type GithubFacts = Map<string, Registration>;

type Reader = (facts: GithubFacts, scope: string, value: number) => void;

export const githubReaders: Readonly<Record<string, Reader>> = {
  // Named without a status: GitHub lists it, and does not say how it is.
  github_runner_info: reader(() => undefined),
  github_runner_id: reader((registration, value) => (registration.id = value)),
  github_runner_online: reader((registration, value) => (registration.online = value === 1)),
  github_runner_busy: reader((registration, value) => (registration.busy = value === 1)),
  github_runner_status_timestamp_seconds: reader((registration, value) => (registration.saidAt = value)),
  github_runner_offline_since_timestamp_seconds: reader((registration, value) => (registration.offlineSince = value)),
  github_runner_outdated: reader((registration, value) => (registration.outdated = value === 1)),
  github_runner_update_deadline_timestamp_seconds: reader(
    (registration, value) => (registration.updateDeadline = value),
  ),
};

function reader(note: (registration: Registration, value: number) => void): Reader {
  return (facts, scope, value) => {
    const registration = facts.get(scope) ?? {};
    facts.set(scope, registration);
    note(registration, value);
  };
}

type GithubEvidence = Pick<
  RunnerEvidence,
  | 'github'
  | 'busy'
  | 'registered'
  | 'scopes'
  | 'githubId'
  | 'sameRegistration'
  | 'githubBefore'
  | 'githubAt'
  | 'offlineSince'
  | 'outdated'
  | 'updateDeadline'
>;

/** What is known of all scopes. */
export interface Scopes {
  /** Asked for and never read: they may have a runner of any name. */
  readonly unread: readonly string[];
  /** Whether each was just read, and shows all its runners: who is not listed is then not registered. */
  readonly areWhole: boolean;
}

export function scopesOf(samples: readonly Sample[]): Scopes {
  const ofFamily = (name: string): readonly Sample[] => samples.filter(({ metric }) => metric.name === name);
  const nameOf = ({ labels }: Sample): string => labels.scope ?? '';
  const asked = ofFamily('github_scope_success');
  const read = new Set(ofFamily('github_scope_last_success_timestamp_seconds').map(nameOf));
  const omitted = ofFamily('github_runners_omitted').some(({ value }) => value > 0);
  return {
    unread: asked.map(nameOf).filter((scope) => !read.has(scope)),
    areWhole: asked.length > 0 && !omitted && asked.every(({ value }) => value === 1),
  };
}

/** By the id of the registration that its container holds (`agentId`), or where that is not known by the name alone. */
export function githubEvidence(facts: GithubFacts, scopes: Scopes, agentId: number | undefined): GithubEvidence {
  const registrations = [...facts.values()];
  const own = agentId === undefined ? undefined : registrations.find(({ id }) => id === agentId);
  if (own) return { ...evidenceOf(facts, [own], scopes), sameRegistration: true };
  const areOthers = facts.size > 0 && registrations.every(({ id }) => id !== undefined);
  if (agentId !== undefined && areOthers && scopes.areWhole) return evidenceOfOthers(facts);
  const unseen = facts.size > 0 ? scopes.unread.filter((scope) => !facts.has(scope)).map((): Registration => ({})) : [];
  return evidenceOf(facts, [...registrations, ...unseen], scopes);
}

/** How others of its name are says nothing of this one. That it is not listed must be told twice: see `recall`. */
function evidenceOfOthers(facts: GithubFacts): GithubEvidence {
  const said = [...facts.values()].map(({ saidAt }) => saidAt);
  const [first] = facts.values();
  return {
    ...{ github: undefined, busy: undefined, registered: undefined, scopes: [...facts.keys()] },
    ...{ githubId: first?.id, sameRegistration: false },
    githubAt: said.includes(undefined) ? undefined : millis(Math.min(...said.map((at) => at ?? 0))),
    ...{ githubBefore: undefined, offlineSince: undefined, outdated: undefined, updateDeadline: undefined },
  };
}

/**
 * Of several registrations the one that is online is meant, and one that may be online before one that is offline; so
 * is one that an unread scope may have.
 */
function evidenceOf(facts: GithubFacts, registrations: readonly Registration[], { areWhole }: Scopes): GithubEvidence {
  const rank = (registration: Registration): number => ranks.indexOf(statusOf(registration));
  const meant = registrations.reduce<Registration | undefined>(
    (best, next) => (best && rank(best) <= rank(next) ? best : next),
    undefined,
  );
  const busy = registrations.map((registration) => registration.busy);
  return {
    github: meant && statusOf(meant),
    // Idle is only who is nowhere busy, and nowhere unknown.
    busy: busy.includes(true) || (busy.length === 0 || busy.includes(undefined) ? undefined : false),
    registered: facts.size > 0 || (areWhole ? false : undefined),
    scopes: [...facts.keys()],
    githubId: meant?.id,
    sameRegistration: undefined,
    githubBefore: meant && before(meant),
    githubAt: millis(meant?.saidAt),
    offlineSince: millis(meant?.offlineSince),
    outdated: meant?.outdated,
    updateDeadline: millis(meant?.updateDeadline),
  };
}

const ranks: readonly RunnerStatus[] = ['online', 'unknown', 'offline'];

function statusOf({ online }: Registration): RunnerStatus {
  if (online === undefined) return 'unknown';
  return online ? 'online' : 'offline';
}

function before({ online, saidAt, offlineSince }: Registration): RunnerEvidence['githubBefore'] {
  if (online !== undefined || saidAt === undefined) return undefined;
  return offlineSince === undefined ? 'online' : 'offline';
}

function millis(seconds: number | undefined): number | undefined {
  return seconds === undefined ? undefined : Math.round(seconds * 1000);
}
