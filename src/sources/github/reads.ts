import { rfc3339 } from '../../lib/clock.ts';
import type { GithubScope } from '../../model/runner.ts';
import { call, downloadsCall, repositoryOf, runnerGroupsCall, runnersCall } from './endpoints.ts';
import { GithubError } from './github-error.ts';
import type { GithubSource, RunFilter } from './github-source.ts';
import type { Read } from './lists.ts';
import type { Reader } from './reader.ts';
import { Releases } from './releases.ts';
import { Repositories, Repository } from './repositories.ts';
import { Downloads, RunnerGroupPage, RunnerPage } from './runners.ts';
import { jobPage, runPage } from './work.ts';

const itself = { kind: 'repository', name: 'actions/runner' } as const satisfies GithubScope;

type Reads = Pick<
  GithubSource,
  | 'listRunners'
  | 'listRunnerGroups'
  | 'expectedVersion'
  | 'listReleases'
  | 'listRepositories'
  | 'defaultBranch'
  | 'listRuns'
  | 'listJobs'
>;

const maxPages = { runners: 100, groups: 10, jobs: 20 };
const perPage = 100;
/** Each comes with its some twenty files: a hundred would be megabytes, for versions that are years old. */
const releasesPerPage = 30;

/** What is read of GitHub: the calls, and how their answers are understood. */
export function createReads(
  reader: Reader,
  { apiUrl, scopes }: { readonly apiUrl: string; readonly scopes: readonly GithubScope[] },
): Reads {
  async function whole<T extends { readonly id: number }>(
    read: Parameters<typeof reader.steady<T>>[0],
    pages: number,
  ): Promise<readonly T[]> {
    const { items, more } = await reader.steady(read, pages);
    if (more) throw new GithubError('malformed', `${read.what} fill more than ${pages} pages`);
    return items;
  }

  function ofRepository(repository: string): Pick<Read<unknown>, 'scope'> {
    return { scope: { kind: 'repository', name: repository } };
  }

  return {
    listRunners(scope, signal) {
      const what = `the runners of ${scope.name}`;
      return whole({ call: runnersCall(scope), scope, what, schema: RunnerPage, signal }, maxPages.runners);
    },

    async listRunnerGroups(scope, signal) {
      const groups = runnerGroupsCall(scope);
      if (!groups) return new Map();
      const what = `the runner groups of ${scope.name}`;
      const found = await whole({ call: groups, scope, what, schema: RunnerGroupPage, signal }, maxPages.groups);
      return new Map(found.map(({ id, name }) => [id, name]));
    },

    async expectedVersion(scope, signal) {
      const what = `the runner's downloads for ${scope.name}`;
      return (await reader.one({ call: downloadsCall(scope), scope, what, schema: Downloads, signal })).version;
    },

    async listReleases(signal) {
      // An Enterprise Server has no actions/runner; where there is one, any credential may read it.
      if (new URL(apiUrl).hostname !== 'api.github.com') return [];
      const scope = scopes.find(({ kind }) => kind !== 'enterprise') ?? scopes[0] ?? itself;
      const releases = call('releases', repositoryOf(itself.name), { per_page: releasesPerPage });
      return reader.one({ call: releases, scope, what: 'the releases of actions/runner', schema: Releases, signal });
    },

    listRepositories(organization, signal) {
      const query = { sort: 'pushed', direction: 'desc', per_page: perPage };
      const repositories = call('organizationRepositories', { org: organization }, query);
      const scope = { kind: 'organization', name: organization } as const;
      const what = `the repositories of ${organization}`;
      return reader.one({ call: repositories, scope, what, schema: Repositories, signal });
    },

    async defaultBranch(repository, signal) {
      const found = call('repository', repositoryOf(repository));
      const read = { call: found, ...ofRepository(repository), what: `the repository ${repository}`, signal };
      return (await reader.one({ ...read, schema: Repository })).defaultBranch;
    },

    async listRuns(repository, filter, signal) {
      const runs = call('runs', repositoryOf(repository), runQuery(filter));
      const read = { call: runs, ...ofRepository(repository), what: `the workflow runs of ${repository}`, signal };
      const { items, more } = await reader.pages({ ...read, schema: runPage(repository) }, filter.maxPages);
      return { runs: items, more };
    },

    listJobs(repository, runId, signal) {
      const parameters = { ...repositoryOf(repository), run_id: runId };
      const jobs = call('jobs', parameters, { filter: 'latest', per_page: perPage });
      const read = { call: jobs, ...ofRepository(repository), what: `the jobs of a run of ${repository}`, signal };
      return whole({ ...read, schema: jobPage(repository) }, maxPages.jobs);
    },
  };
}

function runQuery({ status, createdFrom }: RunFilter) {
  // GitHub wants no fractions of seconds.
  const from = createdFrom === undefined ? {} : { created: `>=${rfc3339(createdFrom).replace(/\.\d+/, '')}` };
  return { status, ...from, exclude_pull_requests: 'true', per_page: perPage };
}
