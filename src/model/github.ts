/** GitHub's words for where a job or a run is; `other` stands for one that is new. */
export type WorkStatus = 'queued' | 'waiting' | 'pending' | 'requested' | 'in_progress' | 'completed' | 'other';

/** One job of a workflow run. Times are ms since the epoch. */
export interface WorkflowJob {
  readonly id: number;
  readonly runId: number;
  /** `owner/name`. */
  readonly repository: string;
  readonly name: string;
  readonly workflow: string | undefined;
  readonly status: WorkStatus;
  /** Once it is completed: `success`, `failure`, `cancelled`, … */
  readonly conclusion: string | undefined;
  /** What `runs-on` asks for. */
  readonly labels: readonly string[];
  /** The runner that took it. */
  readonly runner: string | undefined;
  readonly createdAt: number;
  /** Undefined while no runner has it, whatever GitHub puts there. */
  readonly startedAt: number | undefined;
  readonly completedAt: number | undefined;
}

/** One attempt of a workflow run. Times are ms since the epoch. */
export interface WorkflowRun {
  readonly id: number;
  readonly attempt: number;
  /** `owner/name`. */
  readonly repository: string;
  readonly workflow: string;
  /** The file's name without its folder: `deploy.yml`. */
  readonly workflowFile: string;
  readonly event: string;
  readonly branch: string | undefined;
  readonly status: WorkStatus;
  readonly conclusion: string | undefined;
  readonly createdAt: number;
  /** Of this attempt. */
  readonly startedAt: number;
  /** Once it is completed. */
  readonly endedAt: number | undefined;
}

/** A release of the runner's software. */
export interface RunnerRelease {
  /** Without `v`. */
  readonly version: string;
  readonly publishedAt: number;
}

/** A limit that GitHub announced: until when it is not asked with the credential, ms since the epoch. */
export interface GithubHold {
  /** Whose it is: see GithubCredential. */
  readonly credential: string;
  readonly until: number;
}

/** Such a limit as it is kept over a restart. */
export interface KeptHold {
  /** Stands for the credential with its secret, without telling either. */
  readonly account: string;
  /** What it holds: a resource, or `*` for all. */
  readonly resource: string;
  readonly until: number;
  readonly why: string;
}

/** GitHub's count for one of its rate-limited resources, as its last answer said. `resetAt` is ms since the epoch. */
export interface GithubRateLimit {
  /** Whose it is: see GithubCredential. */
  readonly credential: string;
  readonly resource: string;
  readonly limit: number;
  readonly remaining: number;
  readonly resetAt: number;
}

/** What GitHub is asked with. */
export interface GithubCredential {
  /** `token`, `app`, or `installation/<owner>`: bounded by what is configured. Never a part of the secret. */
  readonly name: string;
  /** Whether GitHub took it when it was last used; undefined before the first answer. */
  readonly valid: boolean | undefined;
  /** When it ends, ms since the epoch; undefined where it does not, or GitHub does not say. */
  readonly expiresAt: number | undefined;
}

/** A permission that GitHub named when it refused a call. */
export interface MissingPermission {
  /** `o/r`, an organisation or an enterprise. */
  readonly scope: string;
  /** As in `x-accepted-github-permissions`: `administration=read`. */
  readonly permission: string;
}
