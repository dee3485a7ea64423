import type { GithubRunner, KnownRunner, KnownScope } from '../../model/runner.ts';
import { byWorth } from './runner-order.ts';

/** Where it is kept over a restart of ours. */
export interface RunnerStore {
  load(): readonly KnownScope[];
  /** In one transaction. */
  save(changes: {
    readonly scope: string;
    readonly readAt: number;
    readonly put: readonly KnownRunner[];
    readonly removed: readonly number[];
  }): void;
  drop(scope: string): void;
}

/** What a look saw that the look before it did not. */
export interface RunnerChange {
  readonly action: 'runner-registered' | 'runner-removed' | 'runner-online' | 'runner-offline';
  /** As it was last listed: before this look, where it is removed. */
  readonly runner: KnownRunner;
  /** As it was before this look. */
  readonly before: KnownRunner | undefined;
  /** When the look was, ms since the epoch. */
  readonly at: number;
}

/** What GitHub last said of runners, over outages and restarts. */
export interface RunnerMemory {
  /**
   * Takes a scope's whole list as GitHub gives it now, and gives what changed: nothing at the first look ever. Of a
   * list of several pages, which may move while it is read, a runner is only gone where two looks miss it. Only `save`
   * brings it to the disk, so that what changed can be told before.
   */
  observe(scope: string, runners: readonly GithubRunner[], at: number): readonly RunnerChange[];
  /** Writes what changed since the last time. Throws where the disk refuses; the next call tries it again. */
  save(scope: string): void;
  /** A look that failed: from now on what is known of the scope is old. */
  missed(scope: string): void;
  /** Whether what is known is what the last look saw. */
  isCurrent(scope: string): boolean;
  known(scope: string): readonly KnownRunner[];
  /** When the scope was last read, restarts included; undefined where it never was. */
  readAt(scope: string): number | undefined;
}

/** One scope. A runner that is `undefined` in `unsaved` is to be forgotten on the disk. */
interface Remembered {
  readAt: number | undefined;
  current: boolean;
  runners: ReadonlyMap<number, KnownRunner>;
  /** Those that the last look missed, and that may come back as they were. */
  missed: ReadonlyMap<number, KnownRunner>;
  readonly unsaved: Map<number, KnownRunner | undefined>;
}

/** A list with as many may have been read in several pages. */
const fullPage = 100;
/** Of each scope: as many as GitHub lets one have. */
const maxRunners = 10_000;

/** Keeps in `store` the scopes that are configured, and forgets others there. Nothing is read before it is needed. */
export function createRunnerMemory(kept?: {
  readonly store: RunnerStore;
  readonly scopes: readonly string[];
}): RunnerMemory {
  let loaded: Map<string, Remembered> | undefined;

  function scopeOf(name: string): Remembered {
    loaded ??= kept ? loadScopes(kept.store, kept.scopes) : new Map();
    const known = loaded.get(name);
    if (known) return known;
    const fresh: Remembered = { readAt: undefined, current: false, ...rememberedOf([]) };
    loaded.set(name, fresh);
    return fresh;
  }

  return {
    observe(name, listed, at) {
      const scope = scopeOf(name);
      const isFirst = scope.readAt === undefined;
      const missed = missedBy(listed, scope.runners);
      const before = new Map([...scope.missed, ...scope.runners].filter(([id]) => !missed.has(id)));
      scope.missed = missed;
      scope.runners = new Map(
        mostWorth(listed).map((runner) => [runner.id, knownAfter(name, before.get(runner.id), runner, at)]),
      );
      scope.readAt = at;
      scope.current = true;
      noteUnsaved(scope, before);
      return isFirst ? [] : changesBetween(before, scope.runners, listed, at);
    },
    save(name) {
      const { readAt, unsaved } = scopeOf(name);
      if (readAt === undefined) return;
      const put = [...unsaved.values()].filter((runner) => runner !== undefined);
      const removed = [...unsaved].flatMap(([id, runner]) => (runner === undefined ? [id] : []));
      kept?.store.save({ scope: name, readAt, put, removed });
      unsaved.clear();
    },
    missed(name) {
      scopeOf(name).current = false;
    },
    isCurrent: (name) => scopeOf(name).current,
    known: (name) => [...scopeOf(name).runners.values()],
    readAt: (name) => scopeOf(name).readAt,
  };
}

function loadScopes(store: RunnerStore, configured: readonly string[]): Map<string, Remembered> {
  const scopes = new Map<string, Remembered>();
  for (const { scope, readAt, runners } of store.load()) {
    if (!configured.includes(scope)) {
      store.drop(scope);
      continue;
    }
    scopes.set(scope, { readAt, current: false, ...rememberedOf(runners) });
  }
  return scopes;
}

function rememberedOf(runners: readonly KnownRunner[]): Pick<Remembered, 'runners' | 'missed' | 'unsaved'> {
  const byId = new Map(runners.map((known) => [known.runner.id, known]));
  return { runners: byId, missed: new Map(), unsaved: new Map() };
}

function missedBy(
  listed: readonly GithubRunner[],
  known: ReadonlyMap<number, KnownRunner>,
): ReadonlyMap<number, KnownRunner> {
  if (listed.length < fullPage) return new Map();
  const present = new Set(listed.map(({ id }) => id));
  return new Map([...known].filter(([id]) => !present.has(id)));
}

function mostWorth(listed: readonly GithubRunner[]): readonly GithubRunner[] {
  return listed.length <= maxRunners ? listed : [...listed].sort(byWorth).slice(0, maxRunners);
}

function knownAfter(scope: string, before: KnownRunner | undefined, runner: GithubRunner, at: number): KnownRunner {
  const { status } = runner;
  return {
    scope,
    runner,
    seenAt: at,
    firstSeenAt: before?.firstSeenAt ?? at,
    said: status === 'unknown' ? before?.said : { status, at },
    offlineSince: status === 'online' ? undefined : (before?.offlineSince ?? (status === 'offline' ? at : undefined)),
  };
}

/** What is as before is not written again: the time of the scope's last reading says the rest. */
function noteUnsaved({ runners, unsaved }: Remembered, before: ReadonlyMap<number, KnownRunner>): void {
  for (const [id, known] of runners) {
    const old = before.get(id);
    if (old === undefined || !isSame(old.runner, known.runner)) unsaved.set(id, known);
  }
  for (const id of before.keys()) {
    if (!runners.has(id)) unsaved.set(id, undefined);
  }
}

function isSame(a: GithubRunner, b: GithubRunner): boolean {
  // What GitHub says has not changed comes as the same objects.
  if (a === b) return true;
  const keys = Object.keys(b) as (keyof GithubRunner)[];
  return keys.every((key) => (key === 'labels' ? a.labels.join('\n') === b.labels.join('\n') : a[key] === b[key]));
}

function changesBetween(
  before: ReadonlyMap<number, KnownRunner>,
  now: ReadonlyMap<number, KnownRunner>,
  listed: readonly GithubRunner[],
  at: number,
): readonly RunnerChange[] {
  const present = new Set(listed.map(({ id }) => id));
  const removed = [...before.values()].filter(({ runner }) => !present.has(runner.id));
  // While there was no room for all, one that is not known need not be new.
  const tellsNew = before.size < maxRunners;
  return [
    ...removed.map((runner) => ({ action: 'runner-removed', runner, before: runner, at }) as const),
    ...[...now.values()].flatMap((runner) => changesOf(before.get(runner.runner.id), runner, tellsNew, at)),
  ];
}

function changesOf(
  before: KnownRunner | undefined,
  runner: KnownRunner,
  tellsNew: boolean,
  at: number,
): readonly RunnerChange[] {
  if (before === undefined && !tellsNew) return [];
  const told = { runner, before, at };
  const was = before?.said?.status;
  const is = runner.said?.status;
  return [
    ...(before === undefined ? [{ action: 'runner-registered', ...told } as const] : []),
    ...(is === 'online' && was !== 'online' ? [{ action: 'runner-online', ...told } as const] : []),
    ...(is === 'offline' && was === 'online' ? [{ action: 'runner-offline', ...told } as const] : []),
  ];
}
