import type { EvidenceFact, EvidenceSource, RunnerEvidence } from '../model/runner.ts';
import type { Circumstances } from './verdict-rule.ts';

type Key = Exclude<
  keyof RunnerEvidence,
  'runner' | 'scopes' | 'dockerAt' | 'checkAt' | 'hostAt' | 'pathAt' | 'githubAt'
>;

/** Who tells it: by this, its age is known. */
const sources: Readonly<Record<Key, EvidenceSource>> = {
  hosted: 'docker',
  containers: 'docker',
  container: 'docker',
  containerId: 'docker',
  containerState: 'docker',
  containerHealth: 'health-check',
  exitCode: 'docker',
  oomKilled: 'docker',
  removed: 'docker',
  maintenance: 'docker',
  restarts: 'docker',
  cpuSeconds: 'docker',
  checkTells: 'health-check',
  checkState: 'health-check',
  listener: 'health-check',
  worker: 'health-check',
  session: 'health-check',
  downReason: 'health-check',
  egress: 'health-check',
  clockSkewSeconds: 'health-check',
  diskFreeBytes: 'health-check',
  diskFreeInodes: 'health-check',
  agentId: 'health-check',
  hostMemoryBytes: 'host',
  brokenAt: 'path',
  github: 'github',
  busy: 'github',
  registered: 'github',
  ephemeral: 'github',
  registrations: 'github',
  githubId: 'github',
  sameRegistration: 'runnerwatch',
  githubBefore: 'github',
  offlineSince: 'github',
  outdated: 'github',
  updateDeadline: 'github',
  stopAsked: 'runnerwatch',
  recentEnds: 'runnerwatch',
  listedBefore: 'runnerwatch',
  busySince: 'runnerwatch',
  jobLostSince: 'runnerwatch',
  quietSince: 'runnerwatch',
};

const keys = Object.keys(sources) as readonly Key[];

/** What stays of old evidence: which registration was meant, and what GitHub said before. */
const lasting: ReadonlySet<Key> = new Set(['githubBefore', 'offlineSince', 'ephemeral', 'outdated', 'updateDeadline']);

/** When the source told it; undefined where that is not known, or it is always the present. */
function toldAt(evidence: RunnerEvidence, key: Key): number | undefined {
  const source = sources[key];
  if (source === 'docker') return evidence.dockerAt;
  // Docker keeps what the last check said, however long ago that was.
  if (source === 'health-check') return earlier(evidence.checkAt, evidence.dockerAt);
  if (source === 'host') return evidence.hostAt;
  if (source === 'path') return evidence.pathAt;
  return source === 'github' ? evidence.githubAt : undefined;
}

function earlier(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? (a ?? b) : Math.min(a, b);
}

export interface Fresh {
  readonly evidence: RunnerEvidence;
  /** What was left out as too old, as it was. */
  readonly old: readonly EvidenceFact[];
}

/**
 * Whether its last health check began before Docker answered again. A check is made by Docker: while that hangs, it hangs as
 * well, or ends with nothing but that it took too long.
 */
function isCheckDisturbed({ checkAt }: RunnerEvidence, { views: { dockerAgainAt } }: Circumstances): boolean {
  return checkAt !== undefined && dockerAgainAt !== undefined && checkAt < dockerAgainAt;
}

/** Takes what is too old for missing. A time in the future is that of a clock that was set back: it is not old. */
export function withoutOld(evidence: RunnerEvidence, circumstances: Circumstances): Fresh {
  const { config, now } = circumstances;
  const isDisturbed = isCheckDisturbed(evidence, circumstances);
  const isOld = (key: Key): boolean => {
    const at = toldAt(evidence, key);
    if (at === undefined || lasting.has(key) || evidence[key] === undefined) return false;
    return now - at > config.max_age || (isDisturbed && sources[key] === 'health-check');
  };
  const aged = keys.filter(isOld);
  if (aged.length === 0) return { evidence, old: [] };
  const missing = Object.fromEntries(aged.map((key) => [key, undefined]));
  const { github } = evidence;
  const word = aged.includes('github') && github !== 'unknown' ? { githubBefore: github } : {};
  return {
    evidence: { ...evidence, ...missing, ...(aged.includes('github') && { github: 'unknown', ...word }) },
    old: factsOf(evidence, aged, true),
  };
}

/** Those of the evidence that are known, in the order of the names. */
export function factsOf(
  evidence: RunnerEvidence,
  names: readonly (keyof RunnerEvidence)[],
  isOld = false,
): readonly EvidenceFact[] {
  return [...new Set(names)].flatMap((name) => {
    const key = keys.find((known) => known === name);
    const value = key && evidence[key];
    if (key === undefined || value === undefined) return [];
    return [{ name: key, value, source: sources[key], at: toldAt(evidence, key), isOld }];
  });
}
