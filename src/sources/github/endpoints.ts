import type { ChangedScope, GithubScope } from '../../model/runner.ts';

/** One call of GitHub's REST API, and what it takes to be allowed. */
export interface GithubEndpoint {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** As in GitHub's OpenAPI description. */
  readonly path: string;
  /** GitHub's description of its API that has it; that of github.com leaves enterprises out. */
  readonly description: 'api.github.com' | 'ghec';
  /** Of a fine-grained token or an App, as GitHub's settings name it; undefined where neither will do. */
  readonly permission: string | undefined;
  /** What a classic token needs; undefined where it does not help. */
  readonly classic: string | undefined;
  /** What it is for: one sentence. */
  readonly what: string;
}

type Access = Pick<GithubEndpoint, 'description' | 'permission' | 'classic'>;

const ofRepository = {
  description: 'api.github.com',
  permission: 'Administration: read (repository)',
  classic: 'repo',
} as const;
const ofActions = { ...ofRepository, permission: 'Actions: read (repository)' } as const;
const ofMetadata = { ...ofRepository, permission: 'Metadata: read (repository)' } as const;
const ofOrganization = {
  description: 'api.github.com',
  permission: 'Self-hosted runners: read (organization)',
  classic: 'admin:org',
} as const;
const ofEnterprise = { description: 'ghec', permission: undefined, classic: 'manage_runners:enterprise' } as const;
const byRepository = { ...ofRepository, permission: 'Administration: write (repository)' } as const;
const byOrganization = { ...ofOrganization, permission: 'Self-hosted runners: write (organization)' } as const;
const ofApp = { description: 'api.github.com', permission: "none but the App's own key", classic: undefined } as const;
const ofAnybody = { description: 'api.github.com', permission: 'none', classic: 'none' } as const;

const runners = 'The runners, and whether they are online and busy.';
const groups = 'The names of runner groups.';
const downloads = 'The version of the runner that GitHub offers now.';
const registration = 'For the token broker: a token that registers a runner, good for one hour.';
const jitConfig = 'For the token broker: the configuration of a runner that takes one job.';
const removal = 'For the token broker: takes a runner out of GitHub.';
const labelsAway = 'For a cordon: takes the labels away that were given to a runner.';
const labelsBack = 'For the end of a cordon: gives a runner its labels back.';
const installed = 'Where the App is installed.';

/** Everything that GitHub is ever asked. A request is made from an entry of this table and in no other way. */
export const githubEndpoints = {
  repositoryRunners: get('/repos/{owner}/{repo}/actions/runners', ofRepository, runners),
  organizationRunners: get('/orgs/{org}/actions/runners', ofOrganization, runners),
  enterpriseRunners: get('/enterprises/{enterprise}/actions/runners', ofEnterprise, runners),
  organizationRunnerGroups: get('/orgs/{org}/actions/runner-groups', ofOrganization, groups),
  enterpriseRunnerGroups: get('/enterprises/{enterprise}/actions/runner-groups', ofEnterprise, groups),
  repositoryDownloads: get('/repos/{owner}/{repo}/actions/runners/downloads', ofRepository, downloads),
  organizationDownloads: get('/orgs/{org}/actions/runners/downloads', ofOrganization, downloads),
  enterpriseDownloads: get('/enterprises/{enterprise}/actions/runners/downloads', ofEnterprise, downloads),
  releases: get(
    '/repos/{owner}/{repo}/releases',
    ofAnybody,
    'The releases of actions/runner, and so when jobs stop on an old one.',
  ),
  organizationRepositories: get(
    '/orgs/{org}/repos',
    ofMetadata,
    "An organization's repositories, whose queues are read.",
  ),
  repository: get('/repos/{owner}/{repo}', ofMetadata, 'The default branch, to tell its workflow runs from others.'),
  runs: get(
    '/repos/{owner}/{repo}/actions/runs',
    ofActions,
    'Workflow runs: those that wait or run for the queue, those that ended for the pipelines.',
  ),
  jobs: get(
    '/repos/{owner}/{repo}/actions/runs/{run_id}/jobs',
    ofActions,
    'The jobs of a run: what they wait for, and who runs them.',
  ),
  rateLimit: get('/rate_limit', ofAnybody, 'Whether the credential is taken, and how much is left of its limits.'),
  app: get('/app', ofApp, "Whether the App's key is taken."),
  repositoryInstallation: get('/repos/{owner}/{repo}/installation', ofApp, installed),
  organizationInstallation: get('/orgs/{org}/installation', ofApp, installed),
  installationToken: {
    method: 'POST',
    path: '/app/installations/{installation_id}/access_tokens',
    ...ofApp,
    what: "An installation's token, which lives one hour and is renewed before its end.",
  },
  repositoryRegistration: change('POST', '/repos/{owner}/{repo}/actions/runners/registration-token', {
    ...byRepository,
    what: registration,
  }),
  organizationRegistration: change('POST', '/orgs/{org}/actions/runners/registration-token', {
    ...byOrganization,
    what: registration,
  }),
  repositoryJitConfig: change('POST', '/repos/{owner}/{repo}/actions/runners/generate-jitconfig', {
    ...byRepository,
    what: jitConfig,
  }),
  organizationJitConfig: change('POST', '/orgs/{org}/actions/runners/generate-jitconfig', {
    ...byOrganization,
    what: jitConfig,
  }),
  repositoryRunnerRemoval: change('DELETE', '/repos/{owner}/{repo}/actions/runners/{runner_id}', {
    ...byRepository,
    what: removal,
  }),
  organizationRunnerRemoval: change('DELETE', '/orgs/{org}/actions/runners/{runner_id}', {
    ...byOrganization,
    what: removal,
  }),
  repositoryRunnerLabelsRemoval: change('DELETE', '/repos/{owner}/{repo}/actions/runners/{runner_id}/labels', {
    ...byRepository,
    what: labelsAway,
  }),
  organizationRunnerLabelsRemoval: change('DELETE', '/orgs/{org}/actions/runners/{runner_id}/labels', {
    ...byOrganization,
    what: labelsAway,
  }),
  repositoryRunnerLabels: change('POST', '/repos/{owner}/{repo}/actions/runners/{runner_id}/labels', {
    ...byRepository,
    what: labelsBack,
  }),
  organizationRunnerLabels: change('POST', '/orgs/{org}/actions/runners/{runner_id}/labels', {
    ...byOrganization,
    what: labelsBack,
  }),
} as const satisfies Record<string, GithubEndpoint>;

function get<const Path extends string>(path: Path, access: Access, what: string) {
  return { method: 'GET', path, ...access, what } as const;
}

function change<const Method extends 'POST' | 'DELETE', const Path extends string>(
  method: Method,
  path: Path,
  rest: Access & Pick<GithubEndpoint, 'what'>,
) {
  return { method, path, ...rest } as const;
}

export type EndpointName = keyof typeof githubEndpoints;

type ParametersIn<Path extends string> = Path extends `${string}{${infer Name}}${infer Rest}`
  ? Name | ParametersIn<Rest>
  : never;

/** What an endpoint's path asks for, by name. */
export type PathParameters<Name extends EndpointName> = Readonly<
  Record<ParametersIn<(typeof githubEndpoints)[Name]['path']>, string | number>
>;

export type Query = Readonly<Record<string, string | number>>;

/** What is asked for: made by `call` only. */
export interface Call {
  readonly endpoint: EndpointName;
  readonly path: string;
  /** With its `?`, or empty. */
  readonly query: string;
}

export function call<Name extends EndpointName>(name: Name, parameters: PathParameters<Name>, query: Query = {}): Call {
  const values: Readonly<Record<string, string | number>> = parameters;
  const path = githubEndpoints[name].path.replaceAll(/\{(\w+)\}/g, (_, key: string) =>
    encodeURIComponent(values[key] ?? ''),
  );
  const pairs = Object.entries(query).map(([key, value]) => `${key}=${encodeURIComponent(value)}`);
  return { endpoint: name, path, query: pairs.length === 0 ? '' : `?${pairs.join('&')}` };
}

const perPage = { per_page: 100 };

/** Owner and name of a repository that is written `owner/name`. */
export function repositoryOf(name: string): { readonly owner: string; readonly repo: string } {
  const [owner = '', repo = ''] = name.split('/');
  return { owner, repo };
}

export function runnersCall({ kind, name }: GithubScope): Call {
  if (kind === 'repository') return call('repositoryRunners', repositoryOf(name), perPage);
  if (kind === 'organization') return call('organizationRunners', { org: name }, perPage);
  return call('enterpriseRunners', { enterprise: name }, perPage);
}

/** A repository has no groups. */
export function runnerGroupsCall({ kind, name }: GithubScope): Call | undefined {
  if (kind === 'repository') return undefined;
  if (kind === 'organization') return call('organizationRunnerGroups', { org: name }, perPage);
  return call('enterpriseRunnerGroups', { enterprise: name }, perPage);
}

export function downloadsCall({ kind, name }: GithubScope): Call {
  if (kind === 'repository') return call('repositoryDownloads', repositoryOf(name));
  if (kind === 'organization') return call('organizationDownloads', { org: name });
  return call('enterpriseDownloads', { enterprise: name });
}

export function installationCall({ kind, name }: GithubScope): Call {
  if (kind === 'repository') return call('repositoryInstallation', repositoryOf(name));
  return call('organizationInstallation', { org: name });
}

/** Of a repository or an organisation: enterprises have no token broker. */
export function registrationCall({ kind, name }: ChangedScope): Call {
  if (kind === 'repository') return call('repositoryRegistration', repositoryOf(name));
  return call('organizationRegistration', { org: name });
}

export function jitConfigCall({ kind, name }: ChangedScope): Call {
  if (kind === 'repository') return call('repositoryJitConfig', repositoryOf(name));
  return call('organizationJitConfig', { org: name });
}

export function removalCall({ kind, name }: ChangedScope, runner: number): Call {
  const id = { runner_id: runner };
  if (kind === 'repository') return call('repositoryRunnerRemoval', { ...repositoryOf(name), ...id });
  return call('organizationRunnerRemoval', { org: name, ...id });
}

export function labelsRemovalCall({ kind, name }: ChangedScope, runner: number): Call {
  const id = { runner_id: runner };
  if (kind === 'repository') return call('repositoryRunnerLabelsRemoval', { ...repositoryOf(name), ...id });
  return call('organizationRunnerLabelsRemoval', { org: name, ...id });
}

export function labelsCall({ kind, name }: ChangedScope, runner: number): Call {
  const id = { runner_id: runner };
  if (kind === 'repository') return call('repositoryRunnerLabels', { ...repositoryOf(name), ...id });
  return call('organizationRunnerLabels', { org: name, ...id });
}
