import { beforeAll, describe, expect, it } from 'vitest';
import { githubEndpoints } from '../../src/sources/github/endpoints.ts';
import { needs, openapiFolder } from '../support/services.ts';
import { type Description, type JsonObject, operationOf, readDescription } from './trim.ts';

describe.skipIf(needs('openapi'))("GitHub's description of its API", () => {
  let descriptions: Readonly<Record<Description, JsonObject>>;
  beforeAll(() => {
    const [github, ghec] = (['api.github.com', 'ghec'] as const).map((name) => readDescription(openapiFolder(), name));
    descriptions = { 'api.github.com': github ?? {}, ghec: ghec ?? {} };
  });

  it.each(Object.entries(githubEndpoints))('has the call %s', (_, endpoint) => {
    expect(operationOf(descriptions[endpoint.description], endpoint)).toMatchObject({
      operationId: expect.any(String),
    });
  });

  it('does not have what is none', () => {
    const call = { method: 'GET', path: '/repos/{owner}/{repo}/actions/walkers', description: 'ghec' } as const;
    expect(operationOf(descriptions.ghec, call)).toBeUndefined();
  });
});
