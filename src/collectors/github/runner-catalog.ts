import type { Clock } from '../../lib/clock.ts';
import type { Log } from '../../lib/log.ts';
import type { RunnerRelease } from '../../model/github.ts';
import type { GithubScope, KnownRelease } from '../../model/runner.ts';
import type { GithubSource } from '../../sources/github/github-source.ts';
import { createSeldom } from './runner-seldom.ts';
import { compareVersions } from './runner-versions.ts';

/** Where releases are kept over a restart of ours. */
export interface ReleaseStore {
  load(): readonly KnownRelease[];
  save(releases: readonly KnownRelease[]): void;
}

/** A scope whose runners were just read. */
export interface ReadScope {
  readonly scope: GithubScope;
  readonly hasGroups: boolean;
}

/** What GitHub says beside the list of runners. It changes seldom, and is never waited for: see Seldom. */
export interface RunnerCatalog {
  /** Asks for what is due, for at most `ms` in all. Rejects only when the signal ends, or the disk refuses. */
  refresh(github: GithubSource, scopes: readonly ReadScope[], ms: number, signal: AbortSignal): Promise<void>;
  /** The group's name; its id as text where the name is not known. */
  groupName(scope: string, id: number): string;
  expectedVersion(scope: string): string | undefined;
  releases(): readonly KnownRelease[];
}

interface CatalogPorts {
  readonly clock: Clock;
  readonly log: Log;
  readonly store: ReleaseStore;
}

const hourMs = 3_600_000;
const askMs = 5_000;
/** Versions that GitHub offered and did not list among its newest releases. */
const maxStandIns = 20;

export function createRunnerCatalog({ clock, log, store }: CatalogPorts): RunnerCatalog {
  const groups = createSeldom<ReadonlyMap<number, string>>({ clock, log, what: 'runner groups', everyMs: hourMs });
  const expected = createSeldom<string | undefined>({ clock, log, what: 'expected version', everyMs: hourMs });
  const listed = createSeldom<readonly RunnerRelease[]>({ clock, log, what: 'releases', everyMs: 6 * hourMs });
  let known: readonly KnownRelease[] | undefined;
  let isSaved = true;

  function releases(): readonly KnownRelease[] {
    known ??= store.load();
    return known;
  }

  function keep(next: readonly KnownRelease[]): void {
    isSaved &&= isSame(releases(), next);
    if (isSaved) return;
    known = next;
    store.save(next);
    isSaved = true;
  }

  return {
    async refresh(github, scopes, ms, signal) {
      const end = clock.monotonic() + ms;
      const left = (): number => Math.min(askMs, end - clock.monotonic());
      for (const { scope, hasGroups } of scopes) {
        if (left() <= 0) return;
        await expected.refresh(scope.name, left(), signal, (cut) => github.expectedVersion(scope, cut));
        if (hasGroups && left() > 0) {
          await groups.refresh(scope.name, left(), signal, (cut) => github.listRunnerGroups(scope, cut));
        }
      }
      if (left() > 0) await listed.refresh('releases', left(), signal, (cut) => github.listReleases(cut));
      const offered = scopes.flatMap(({ scope }) => expected.value(scope.name) ?? []);
      keep(mergeReleases(releases(), listed.value('releases') ?? [], offered, clock.now()));
    },
    groupName: (scope, id) => groups.value(scope)?.get(id) ?? String(id),
    expectedVersion: (scope) => expected.value(scope),
    releases,
  };
}

/** The releases that GitHub lists, or else those known before; a version that none of them is counts from now on. */
function mergeReleases(
  known: readonly KnownRelease[],
  listed: readonly RunnerRelease[],
  offered: readonly string[],
  now: number,
): readonly KnownRelease[] {
  const published =
    listed.length > 0
      ? listed.map(({ version, publishedAt }) => ({ version, publishedAt, standIn: false }))
      : known.filter(({ standIn }) => !standIn);
  const versions = new Set(published.map(({ version }) => version));
  const standIns = new Map(
    known
      .filter(({ standIn, version }) => standIn && !versions.has(version))
      .map((release) => [release.version, release]),
  );
  for (const version of offered) {
    if (versions.has(version) || standIns.has(version)) continue;
    standIns.set(version, { version, publishedAt: now, standIn: true });
  }
  const newest = [...standIns.values()].sort((a, b) => compareVersions(b.version, a.version) ?? 0);
  return [...published, ...newest.slice(0, maxStandIns)];
}

function isSame(a: readonly KnownRelease[], b: readonly KnownRelease[]): boolean {
  const key = ({ version, publishedAt, standIn }: KnownRelease): string => `${version} ${publishedAt} ${standIn}`;
  const known = new Set(a.map(key));
  return a.length === b.length && b.every((release) => known.has(key(release)));
}
