import { githubEndpoints } from '../../src/sources/github/endpoints.ts';
import { mend } from './mend.ts';
import { type DescribedCall, type Json, readDescription, trim } from './trim.ts';

/** What the runner's scripts and healing ask GitHub beside the source: see compose/runner. */
const scriptCalls: readonly DescribedCall[] = [
  ...['/repos/{owner}/{repo}', '/orgs/{org}'].flatMap((root) => [
    ofGithub('POST', `${root}/actions/runners/registration-token`),
    ofGithub('POST', `${root}/actions/runners/remove-token`),
    ofGithub('POST', `${root}/actions/runners/generate-jitconfig`),
    ofGithub('GET', `${root}/actions/runners/{runner_id}`),
    ofGithub('DELETE', `${root}/actions/runners/{runner_id}`),
  ]),
  ofGithub('GET', '/repos/{owner}/{repo}/actions/runs/{run_id}'),
];

function ofGithub(method: string, path: string): DescribedCall {
  return { method, path, description: 'api.github.com' };
}

export const allCalls: readonly DescribedCall[] = [...Object.values(githubEndpoints), ...scriptCalls];

/** GitHub's description of all that is asked, cut down to it. */
export function describedCalls(folder: string): Json {
  const descriptions = {
    'api.github.com': readDescription(folder, 'api.github.com'),
    ghec: readDescription(folder, 'ghec'),
  };
  return mend(trim(descriptions, allCalls));
}
