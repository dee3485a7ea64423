import { type EndpointName, type GithubEndpoint, githubEndpoints } from '../../src/sources/github/endpoints.ts';
import { code, page, table } from './markdown.ts';

/** When each is asked, and so what it costs; complete, because the compiler wants every endpoint in it. */
const asked: Readonly<Record<EndpointName, string>> = {
  repositoryRunners: 'each poll of `github-runners`, a page for each hundred',
  organizationRunners: 'each poll of `github-runners`, a page for each hundred',
  enterpriseRunners: 'each poll of `github-runners`, a page for each hundred',
  organizationRunnerGroups: 'once an hour',
  enterpriseRunnerGroups: 'once an hour',
  repositoryDownloads: 'once an hour',
  organizationDownloads: 'once an hour',
  enterpriseDownloads: 'once an hour',
  releases: 'every six hours, where the API is api.github.com',
  organizationRepositories: 'every ten minutes, for each organization',
  repository: 'once a day, for each repository',
  runs: 'each poll of `github-queue` and `github-pipelines`, for each repository',
  jobs: 'each poll of `github-queue`, for each run that is open',
  rateLimit: 'each poll of `github-credentials`; GitHub does not count it',
  app: 'each poll of `github-credentials`',
  repositoryInstallation: 'once for each owner',
  organizationInstallation: 'once for each owner',
  installationToken: 'every 55 minutes, for each owner',
  repositoryRegistration: 'with the token broker: when a runner registers',
  organizationRegistration: 'with the token broker: when a runner registers',
  repositoryJitConfig: 'with the token broker: before each job of a just-in-time runner',
  organizationJitConfig: 'with the token broker: before each job of a just-in-time runner',
  repositoryRunnerRemoval: 'with the token broker: when a runner leaves, and before its name is used again',
  organizationRunnerRemoval: 'with the token broker: when a runner leaves, and before its name is used again',
  repositoryRunnerLabelsRemoval: 'where a runner is cordoned',
  organizationRunnerLabelsRemoval: 'where a runner is cordoned',
  repositoryRunnerLabels: 'where a cordon ends',
  organizationRunnerLabels: 'where a cordon ends',
};

const intro = `Runnerwatch only reads, unless it is the [token broker](runner.md#the-token-broker) of its runners. It asks with
a token or as a GitHub App, and with nothing that it was not given. Each secret may come from a file (\`token_file\`, \`private_key_file\`), which is read anew at each use: replace the file, and the next
request uses what is in it, without a restart. Whether GitHub takes a credential, when it ends and which permission it
lacks are metrics of the collector \`github-credentials\`.`;

const fineGrained = `## A fine-grained token

The least that does the work. GitHub: Settings, Developer settings, Personal access tokens, Fine-grained tokens, Generate
new token.

1. Resource owner: the owner of the repositories, or the organization. A token has one owner: for several, use an App.
2. Repository access: the repositories that are watched, or all.
3. Repository permissions: Administration: read, Actions: read. Metadata: read comes by itself. With the token broker,
   as in the Compose stack, Administration: read and write.
4. For runners of an organization, organization permissions: Self-hosted runners: read, and write with the token broker.
   An owner of the organization may have to approve the token.
5. Put the token into a file, and name the file:

\`\`\`yaml
github:
  token_file: /run/secrets/github_token
  repositories: [octo/homelab]
\`\`\``;

const classic = `## A classic token

It may do far more than is needed: \`repo\` writes too. Enterprises know nothing else. Scopes: \`repo\` for repositories,
\`admin:org\` for organizations, \`manage_runners:enterprise\` for an enterprise.`;

const app = `## A GitHub App

For several owners, and where no person's token should be used: its tokens live one hour and renew themselves, and its
limits are its own (5,000 to 12,500 requests an hour for each installation).

1. GitHub: Settings (of you or the organization), Developer settings, GitHub Apps, New GitHub App. Any name and homepage
   will do. Webhook: see [webhooks](webhooks.md), or clear Active.
2. Repository permissions: Administration: read-only, Actions: read-only. For runners of an organization, organization
   permissions: Self-hosted runners: read-only. No others. With the token broker, Administration or Self-hosted runners:
   read and write.
3. Create it, note the App ID, and generate a private key: the browser stores a \`.pem\` file.
4. Install App, on each owner whose runners are watched: all repositories, or those that are configured.
5. Give the id and the file as it is (PKCS#1; PKCS#8 will do too):

\`\`\`yaml
github:
  app:
    id: 12345
    private_key_file: /run/secrets/github_app.pem
  repositories: [octo/homelab]
  organizations: [acme]
\`\`\`

From the environment: \`GITHUB_APP_ID\`, and \`GITHUB_APP_PRIVATE_KEY_FILE\` or \`GITHUB_APP_PRIVATE_KEY\`, in which line ends may be
written as \`\\n\`. Beside an App, \`github.token\` is used for enterprises only, which an App cannot read.

A key does not end. To replace it, generate a second one, put it in the place of the file, and delete the first one at
GitHub. A clock that is off does not stop the App: what GitHub's answers say of the time is reckoned with.`;

const server = `## An Enterprise Server

Set \`github.api_url\` to its API, \`https://HOST/api/v3\`. Everything else is the same, but for releases of the runner, which
it does not have. Rate limits are off there unless somebody switched them on.`;

const cost = `## What it costs

Requests are made one after another, each with the ETag of the last answer: what has not changed is answered with 304 and
not counted. Each credential has a limit of its own. Polling uses \`github.budget_ratio\` of it at most, a tenth by default:
before it would use more, all intervals stretch, up to twenty times, and shrink again. They stretch too where others have
used most of the limit: a tenth of it is left to people and to healing. \`github_poll_stretch_ratio\` shows by how much.
After a limit was announced (\`retry-after\`, or nothing remaining), nothing is asked until its end, which
\`github_rate_limit_held_until_timestamp_seconds\` tells; a reload or a restart in between changes nothing, a new token does.
While nothing at all answers, intervals double up to eight times, or to five minutes.`;

const permissions = `## What is asked, and what it takes

Where a fine-grained token or an App lacks a permission, GitHub names it, and so do the metric
\`github_permission_missing\` and the collector's error. Public repositories need less than is said here.`;

function row([name, { method, path, permission, classic: scope, what }]: readonly [EndpointName, GithubEndpoint]) {
  const isScope = scope !== undefined && scope !== 'none';
  return [
    code(`${method} ${path}`),
    what,
    permission ?? 'not possible',
    isScope ? code(scope) : (scope ?? '–'),
    asked[name],
  ];
}

/** docs/github.md: how to let Runnerwatch ask GitHub, and everything that it asks. */
export function githubPage(): string {
  const rows = (Object.keys(githubEndpoints) as EndpointName[]).map((name) => row([name, githubEndpoints[name]]));
  const head = ['request', 'what for', 'fine-grained token or App', 'classic token', 'when'];
  return page('Access to GitHub', 'the table of requests', [
    intro,
    fineGrained,
    classic,
    app,
    server,
    cost,
    permissions,
    table(head, rows),
  ]);
}
