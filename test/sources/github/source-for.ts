import { silentLog } from '../../../src/lib/log.ts';
import type { AuditEvent } from '../../../src/model/audit.ts';
import type { GithubScope } from '../../../src/model/runner.ts';
import { createGithubSource, type GithubOptions } from '../../../src/sources/github/create.ts';
import { GithubError } from '../../../src/sources/github/github-error.ts';
import type { FakeClock } from '../../support/fake-clock.ts';
import { type GithubEmulator, TEST_TOKEN } from '../../support/github-emulator/index.ts';

export const repository: GithubScope = { kind: 'repository', name: 'o/r' };
export const organization: GithubScope = { kind: 'organization', name: 'acme' };
export const enterprise: GithubScope = { kind: 'enterprise', name: 'globex' };
export const { signal } = new AbortController();

/** The real source on the emulator, without sockets and in the time of `clock`; `told` is what the audit log heard. */
export function sourceFor(github: Pick<GithubEmulator, 'http'>, clock: FakeClock, over: Partial<GithubOptions> = {}) {
  const told: AuditEvent[] = [];
  const source = createGithubSource({
    apiUrl: 'https://api.github.com',
    token: async () => TEST_TOKEN,
    audit: (event) => told.push(event),
    clock,
    log: silentLog,
    userAgent: 'test',
    http: github.http,
    random: () => 0.5,
    ...over,
  });
  return { source, told };
}

export async function failureOf(promise: Promise<unknown>): Promise<GithubError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof GithubError) return error;
  throw new Error(`no GithubError: ${String(error)}`);
}
