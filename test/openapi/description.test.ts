import { describe, expect, it } from 'vitest';
import { githubEndpoints } from '../../src/sources/github/endpoints.ts';
import { needs, openapiFolder } from '../support/services.ts';
import { operationOf, readDescription } from './trim.ts';

describe.skipIf(needs('openapi'))("GitHub's description of its API", () => {
  const descriptions = {
    'api.github.com': readDescription(openapiFolder(), 'api.github.com'),
    ghec: readDescription(openapiFolder(), 'ghec'),
  };

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
