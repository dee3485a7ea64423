import { z } from 'zod';
import type { GithubRunner, RunnerStatus } from '../../model/runner.ts';
import type { Listed } from './lists.ts';

const statuses: readonly string[] = ['online', 'offline'] satisfies readonly RunnerStatus[];

const ListedRunner = z
  .object({
    id: z.number(),
    name: z.string().min(1),
    os: z.string(),
    status: z.string(),
    busy: z.boolean(),
    labels: z.array(z.object({ name: z.string(), type: z.string().nullish() })).nullish(),
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
      customLabels: (labels ?? []).filter(({ type }) => type === 'custom').map(({ name: label }) => label),
      version: version ?? undefined,
      ephemeral: ephemeral ?? false,
      groupId: runner_group_id ?? undefined,
    }),
  );

export const RunnerPage = z.object({ runners: z.array(ListedRunner), total_count: z.int().optional() }).transform(
  ({ runners, total_count: total }): Listed<GithubRunner> => ({
    items: runners,
    ...(total === undefined ? {} : { total }),
  }),
);

export const RunnerGroupPage = z
  .object({ runner_groups: z.array(z.object({ id: z.number(), name: z.string() })) })
  .transform(({ runner_groups: items }): Listed<{ readonly id: number; readonly name: string }> => ({ items }));

/** What runners are offered for download, by their platform; all of one version. */
export const Downloads = z
  .array(
    z.object({
      os: z.string().nullish(),
      architecture: z.string().nullish(),
      filename: z.string().nullish(),
      download_url: z.string().nullish(),
    }),
  )
  .transform((downloads) => {
    const usual = downloads.find(({ os, architecture }) => os === 'linux' && architecture === 'x64');
    const { filename, download_url } = usual ?? downloads[0] ?? {};
    // `actions-runner-linux-x64-2.336.0.tar.gz`, or `…/download/v2.336.0/…`
    return { version: /(\d+\.\d+\.\d+)/.exec(`${filename ?? ''} ${download_url ?? ''}`)?.[1] };
  });
