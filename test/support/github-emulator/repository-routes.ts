import type { Route } from './rest.ts';
import { fullRepositoryBody, releaseBody, timeText } from './templates.ts';
import { pageOf, refusal } from './wire.ts';

export interface Repository {
  /** `owner/name` */
  readonly name: string;
  readonly defaultBranch?: string;
  readonly archived?: boolean;
  readonly disabled?: boolean;
  /** ms since the epoch */
  readonly pushedAt?: number;
}

export interface Release {
  readonly version: string;
  /** ms since the epoch */
  readonly publishedAt: number;
  readonly draft?: boolean;
  readonly prerelease?: boolean;
}

interface RepositoryParts {
  /** By name; every other repository is there too, with what is usual. */
  readonly repositories: ReadonlyMap<string, Repository>;
  /** Names that are 404. */
  readonly missing: ReadonlySet<string>;
  /** Of the runner; the newest first. */
  releases(): readonly Release[];
}

/** Repositories themselves, and the releases of the runner. */
export function repositoryRoutes({ repositories, missing, releases }: RepositoryParts): readonly Route[] {
  return [
    {
      method: 'GET',
      pattern: '/repos/actions/runner/releases',
      permission: undefined,
      handle(call) {
        const { items, headers } = pageOf(call, releases());
        return { status: 200, body: items.map(describeRelease), headers };
      },
    },
    {
      method: 'GET',
      pattern: '/repos/:owner/:repo',
      permission: 'metadata',
      handle(_, { owner, repo }) {
        const name = `${owner}/${repo}`;
        if (missing.has(name)) return refusal(404, 'Not Found');
        return { status: 200, body: describe(repositories.get(name) ?? { name }) };
      },
    },
    {
      method: 'GET',
      pattern: '/orgs/:org/repos',
      permission: 'metadata',
      handle(call, { org }) {
        const own = [...repositories.values()].filter(({ name }) => name.startsWith(`${org}/`) && !missing.has(name));
        const { items, headers } = pageOf(call, sorted(own, call.query));
        return { status: 200, body: items.map(describe), headers };
      },
    },
  ];
}

/** By name upwards, or by the last push downwards, unless `direction` says otherwise. */
function sorted(repositories: readonly Repository[], query: URLSearchParams): readonly Repository[] {
  const byPush = query.get('sort') === 'pushed';
  const upwards = repositories.toSorted((a, b) =>
    byPush ? (a.pushedAt ?? 0) - (b.pushedAt ?? 0) : a.name.localeCompare(b.name),
  );
  const direction = query.get('direction') ?? (byPush ? 'desc' : 'asc');
  return direction === 'desc' ? upwards.reverse() : upwards;
}

function describe({ name, defaultBranch = 'main', archived = false, disabled = false, pushedAt = 0 }: Repository) {
  return fullRepositoryBody(name, {
    default_branch: defaultBranch,
    archived,
    disabled,
    pushed_at: timeText(pushedAt),
  });
}

function describeRelease({ version, publishedAt, draft = false, prerelease = false }: Release) {
  const times = { created_at: timeText(publishedAt), published_at: draft ? null : timeText(publishedAt) };
  return releaseBody(version, { ...times, draft, prerelease });
}
