import type {
  GithubCredential,
  GithubHold,
  GithubRateLimit,
  MissingPermission,
  RunnerRelease,
  WorkflowJob,
  WorkflowRun,
  WorkStatus,
} from '../../model/github.ts';
import type { ChangedScope, GithubRunner, GithubScope } from '../../model/runner.ts';

/** Which runs are asked for; GitHub's own filters. */
export interface RunFilter {
  readonly status: Extract<WorkStatus, 'queued' | 'waiting' | 'pending' | 'in_progress' | 'completed'>;
  /** Only runs made at or after this, ms since the epoch. */
  readonly createdFrom?: number;
  /** Pages of a hundred, the newest first. */
  readonly maxPages: number;
}

export interface Runs {
  readonly runs: readonly WorkflowRun[];
  /** Whether further pages were left out. */
  readonly more: boolean;
}

/** A runner that is to be made for one job. */
export interface JitRunner {
  readonly name: string;
  /** All of them: GitHub adds none by itself. */
  readonly labels: readonly string[];
  /** 1 is the default group, also where the scope has no groups. */
  readonly groupId: number;
  readonly workFolder: string;
}

/**
 * GitHub's REST API, as far as runners and their work need it. Calls are made one after another and throw a
 * GithubError. All that is read is asked for with the ETag of the last answer: what has not changed costs nothing.
 */
export interface GithubSource {
  /** Why nothing can be asked (no credential), or undefined where it is worth trying. */
  available(): string | undefined;
  /** All runners of the scope, over all pages. */
  listRunners(scope: GithubScope, signal: AbortSignal): Promise<readonly GithubRunner[]>;
  /** The names of the scope's runner groups by their ids; empty for a repository. */
  listRunnerGroups(scope: GithubScope, signal: AbortSignal): Promise<ReadonlyMap<number, string>>;
  /** The version of the runner that GitHub offers to the scope now; undefined where it offers none. */
  expectedVersion(scope: GithubScope, signal: AbortSignal): Promise<string | undefined>;
  /** The newest thirty releases of the runner, drafts and prereleases left out; none from an Enterprise Server, which does not have them. */
  listReleases(signal: AbortSignal): Promise<readonly RunnerRelease[]>;
  /** At most a hundred repositories of an organisation, those that were pushed to last first, archived ones left out. */
  listRepositories(organization: string, signal: AbortSignal): Promise<readonly string[]>;
  defaultBranch(repository: string, signal: AbortSignal): Promise<string>;
  listRuns(repository: string, filter: RunFilter, signal: AbortSignal): Promise<Runs>;
  /** The jobs of the run's last attempt. */
  listJobs(repository: string, runId: number, signal: AbortSignal): Promise<readonly WorkflowJob[]>;
  /** A token that registers runners in the scope, good for one hour. */
  createRegistrationToken(scope: ChangedScope, signal: AbortSignal): Promise<string>;
  /** What `run.sh` takes, and the runner's id; undefined where the scope has a runner of that name already. */
  createJitConfig(
    scope: ChangedScope,
    runner: JitRunner,
    signal: AbortSignal,
  ): Promise<{ readonly config: string; readonly runnerId: number } | undefined>;
  /** Takes a runner out; false where it works on a job and so stays. One that is gone already is no error. */
  removeRunner(scope: ChangedScope, id: number, signal: AbortSignal): Promise<boolean>;
  /** Takes away the labels that were given to it; its own, such as self-hosted, stay. False where it is gone. */
  removeLabels(scope: ChangedScope, id: number, signal: AbortSignal): Promise<boolean>;
  /** Gives it these beside those that it has. False where it is gone. */
  addLabels(scope: ChangedScope, id: number, labels: readonly string[], signal: AbortSignal): Promise<boolean>;
  /** Uses every credential once, at no cost, so that `credentials` and `rateLimits` are as of now. */
  checkCredentials(signal: AbortSignal): Promise<void>;
  credentials(): readonly GithubCredential[];
  /** Empty before the first answer. */
  rateLimits(): readonly GithubRateLimit[];
  /** The limits that hold now, one for each credential that may not be used. */
  holds(): readonly GithubHold[];
  missingPermissions(): readonly MissingPermission[];
  /** How far this machine's clock is ahead of GitHub's; undefined before the first answer. */
  clockSkewMs(): number | undefined;
  /** Requests so far, by what came of them: a status such as `200`, or `network`. */
  requests(): ReadonlyMap<string, number>;
  /**
   * How long to wait until the next poll that would come after `intervalMs`: longer where polling at that rate would
   * use more than its share of the limit, or where GitHub answers nothing at all. Not longer while a limit holds: such
   * a poll sends nothing, and finds the credential that took the place of the one that is held.
   */
  pace(intervalMs: number): number;
  /** The part of `pace` that keeps within the share of the limit: how many times longer intervals are, 1 at least. */
  stretch(): number;
}
