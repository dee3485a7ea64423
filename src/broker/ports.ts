import type { Clock } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
import type { Audit } from '../model/audit.ts';
import type { GithubScope } from '../model/runner.ts';
import type { DockerSource } from '../sources/docker/docker-source.ts';
import type { GithubSource } from '../sources/github/github-source.ts';
import type { GrantStore } from '../state/runner-grants.ts';

/** What the broker may reach. */
export interface BrokerPorts {
  readonly clock: Clock;
  readonly log: Log;
  readonly audit: Audit;
  readonly store: GrantStore;
  readonly docker: Pick<DockerSource, 'list' | 'inspect' | 'changes' | 'top' | 'version'>;
  /** That of the configuration in force. */
  github(): Pick<GithubSource, 'listRunners' | 'createRegistrationToken' | 'createJitConfig' | 'removeRunner'>;
  scopes(): readonly GithubScope[];
  readFile(path: string): Promise<string>;
  count(outcome: string): void;
}
