import { z } from 'zod';
import type { GithubRunner, GithubScope, RunnerStatus } from '../../model/runner.ts';

const statuses: readonly string[] = ['online', 'offline'] satisfies readonly RunnerStatus[];

const ListedRunner = z
  .object({
    id: z.number(),
    name: z.string().min(1),
    os: z.string(),
    status: z.string(),
    busy: z.boolean(),
    labels: z.array(z.object({ name: z.string() })).nullish(),
    version: z.string().nullish(),
    ephemeral: z.boolean().nullish(),
    runner_group_id: z.number().nullish(),
  })
  .transform(
    ({ id, name, os, status, busy, labels, version, ephemeral, runner_group_id }): GithubRunner => ({
      id,
      name,
      os,
      // GitHub's description says "string": a word that is new must not be taken for offline.
      status: statuses.includes(status) ? (status as RunnerStatus) : 'unknown',
      busy,
      labels: (labels ?? []).map((label) => label.name),
      version: version ?? undefined,
      ephemeral: ephemeral ?? false,
      groupId: runner_group_id ?? undefined,
    }),
  );

/** The answer to `GET /repos/{owner}/{repo}/actions/runners` and `GET /orgs/{org}/actions/runners`. */
export const RunnerPage = z.object({ runners: z.array(ListedRunner) }).transform(({ runners }) => runners);

export function runnersPath({ kind, name }: GithubScope): string {
  const path = name.split('/').map(encodeURIComponent).join('/');
  const root = { repository: 'repos', organization: 'orgs', enterprise: 'enterprises' }[kind];
  return `/${root}/${path}/actions/runners`;
}

/**
 * The query of the next page from a `Link` header (RFC 8288). Only its query is taken: the header's address may be
 * one that a proxy hides, and the token goes nowhere but to the configured API.
 */
export function nextQuery(link: string | undefined): string | undefined {
  const target = /<([^>]*)>\s*;[^,]*\brel="?next"?/.exec(link ?? '')?.[1];
  if (target === undefined || !URL.canParse(target, 'http://relative')) return undefined;
  return new URL(target, 'http://relative').search || undefined;
}
