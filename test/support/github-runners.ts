import { PartialCollection } from '../../src/collectors/collector.ts';
import { createRunnerCatalog } from '../../src/collectors/github/runner-catalog.ts';
import { createRunnerMemory } from '../../src/collectors/github/runner-memory.ts';
import { type GithubRunnersDeps, githubRunners } from '../../src/collectors/github-runners.ts';
import { type Log, silentLog } from '../../src/lib/log.ts';
import type { AuditEvent } from '../../src/model/audit.ts';
import type { GithubRunner, GithubScope } from '../../src/model/runner.ts';
import type { GithubSource } from '../../src/sources/github/github-source.ts';
import { type Database, openDatabase } from '../../src/state/database.ts';
import { createGithubRunnerStore, createRunnerReleaseStore } from '../../src/state/github-runners.ts';
import { FakeClock } from './fake-clock.ts';
import { fakeGithub } from './fake-github.ts';
import { linesOfSamples } from './host.ts';

export const repository: GithubScope = { kind: 'repository', name: 'o/r' };
export const organization: GithubScope = { kind: 'organization', name: 'acme' };

/** What each scope answers: its runners, a failure, or what takes its time or never comes. */
type Answers = Record<string, Answer | (() => Promise<Answer>)>;
type Answer = readonly GithubRunner[] | Error;

interface WatchOptions {
  readonly scopes?: readonly GithubScope[];
  readonly database?: Database;
  readonly clock?: FakeClock;
  readonly log?: Log;
  readonly github?: Partial<GithubSource>;
  readonly hosted?: readonly string[];
  readonly settings?: Readonly<Record<string, unknown>>;
}

/** The collector of runners over a real state, and a GitHub that answers as `answers` says at the moment. */
export function watchRunners(answers: Answers, options: WatchOptions = {}) {
  const { scopes = [repository], clock = new FakeClock(), log = silentLog, settings = {} } = options;
  const { database = openDatabase(':memory:'), github: over = {}, hosted = [] } = options;
  const events: AuditEvent[] = [];
  const asked: string[] = [];
  const github = fakeGithub({
    async listRunners({ name }) {
      asked.push(name);
      const said = answers[name] ?? [];
      const answer = typeof said === 'function' ? await said() : said;
      if (answer instanceof Error) throw answer;
      return answer;
    },
    ...over,
  });
  const deps: GithubRunnersDeps = {
    ...{ clock, log, github, githubScopes: scopes, audit: (event) => void events.push(event) },
    hostedRunners: () => new Set(hosted),
    runnerMemory: createRunnerMemory({
      store: createGithubRunnerStore(database),
      scopes: scopes.map(({ name }) => name),
    }),
    runnerCatalog: createRunnerCatalog({ clock, log, store: createRunnerReleaseStore(database) }),
  };
  const config = githubRunners.config.parse(settings);
  const { signal } = new AbortController();

  /** One collection: its lines, and why it failed in part. */
  async function collect(): Promise<{ readonly lines: readonly string[]; readonly failure: string | undefined }> {
    try {
      return { lines: linesOfSamples(await githubRunners.collect(deps, config, signal)), failure: undefined };
    } catch (error) {
      if (!(error instanceof PartialCollection)) throw error;
      return { lines: linesOfSamples(error.samples), failure: error.message };
    }
  }

  /** What the audit log was told since the last call: `runner-online a`. */
  function told(): readonly string[] {
    return events.splice(0).map(({ action, labels }) => `${action} ${labels.runner}`);
  }

  return { collect, told, events, asked, deps, config, clock, answers };
}

/** The lines of one family. */
export function family(lines: readonly string[], name: string): readonly string[] {
  return lines.filter((line) => line.startsWith(`${name}{`));
}
