import { rfc3339 } from '../lib/clock.ts';
import type { RunnerEvidence } from '../model/runner.ts';

type Said = Pick<
  RunnerEvidence,
  'github' | 'sameRegistration' | 'busy' | 'githubBefore' | 'githubAt' | 'offlineSince' | 'outdated' | 'updateDeadline'
>;

/** What GitHub says of a runner in a few words, with its age where it is old; empty where it says nothing. */
export function githubSays(said: Said, now: number): string {
  const { github, busy, githubBefore, githubAt, offlineSince, outdated, updateDeadline } = said;
  if (github === undefined) return said.sameRegistration === false ? 'another registration' : '';
  const isOld = githubBefore !== undefined && githubAt !== undefined;
  return [
    github === 'offline' && offlineSince !== undefined ? `offline for ${briefly(now - offlineSince)}` : github,
    ...(busy ? ['busy'] : []),
    ...(isOld ? [`${githubBefore} ${briefly(now - githubAt)} ago`] : []),
    ...(outdated ? [`outdated${updateDeadline === undefined ? '' : `, no jobs from ${dayOf(updateDeadline)}`}`] : []),
  ].join(', ');
}

/** `; 12 minutes ago it was online`, or nothing where GitHub never said. */
export function lastWord({ githubBefore, githubAt }: RunnerEvidence, now: number): string {
  if (githubBefore === undefined || githubAt === undefined) return '';
  return `; ${inWords(now - githubAt)} ago it was ${githubBefore}`;
}

/** `12 minutes`. */
export function inWords(ms: number): string {
  const { count, unit } = lengthOf(ms);
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
}

const units = [
  { unit: 'day', brief: 'd', ms: 86_400_000 },
  { unit: 'hour', brief: 'h', ms: 3_600_000 },
  { unit: 'minute', brief: 'min', ms: 60_000 },
];
const seconds = { unit: 'second', brief: 's', ms: 1000 };

/** In the largest unit of which there are two, so that nothing is off by more than half. */
function lengthOf(ms: number) {
  const { unit, brief, ms: size } = units.find((candidate) => ms >= 2 * candidate.ms) ?? seconds;
  return { count: Math.max(0, Math.floor(ms / size)), unit, brief };
}

function briefly(ms: number): string {
  const { count, brief } = lengthOf(ms);
  return `${count} ${brief}`;
}

/** ECMAScript's last moment: no time beyond it can be written. */
const lastMs = 8.64e15;

function dayOf(ms: number): string {
  if (!(Math.abs(ms) <= lastMs)) return 'a day that is not known';
  return rfc3339(ms).slice(0, 'YYYY-MM-DD'.length);
}
