import { githubEndpoints } from '../../src/sources/github/endpoints.ts';
import { mend } from './mend.ts';
import { type DescribedCall, isObject, type JsonObject, operationOf, readDescription, trim } from './trim.ts';

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

type Called = Pick<DescribedCall, 'method' | 'path'>;

/** Which of the calls nobody made; `made` holds them as `GET /repos/octo/app?per_page=100`. */
export function neverMade(calls: readonly Called[], made: ReadonlySet<string>): readonly string[] {
  const never = calls.filter((call) => ![...made].some((one) => isOf(call, one)));
  return never.map(({ method, path }) => `${method} ${path}`);
}

/** Parameters that were asked with and are not described: Prism lets them pass. */
export function undescribedParameters(trimmed: JsonObject, made: ReadonlySet<string>): readonly string[] {
  return [...made].flatMap((one) => {
    const call = allCalls.find((candidate) => isOf(candidate, one));
    if (!call) return [one];
    const operation = operationOf(trimmed, call);
    const { parameters } = isObject(operation) ? operation : {};
    const known = (Array.isArray(parameters) ? parameters : []).map((parameter: JsonObject) => parameter.name);
    const given = new URLSearchParams(one.split('?')[1] ?? '');
    return [...given.keys()].filter((name) => !known.includes(name)).map((name) => `${call.path}: ${name}`);
  });
}

function isOf({ method, path }: Called, made: string): boolean {
  return new RegExp(`^${method} ${path.replaceAll(/\{\w+\}/g, '[^/?]+')}([?]|$)`).test(made);
}

/** GitHub's description of all that is asked, cut down to it. */
export function describedCalls(folder: string): JsonObject {
  const descriptions = {
    'api.github.com': readDescription(folder, 'api.github.com'),
    ghec: readDescription(folder, 'ghec'),
  };
  return mend(trim(descriptions, allCalls));
}
