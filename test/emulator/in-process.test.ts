import { describe, expect, it } from 'vitest';
import { FakeClock } from '../support/fake-clock.ts';
import { createGithubEmulator, TEST_TOKEN } from '../support/github-emulator/index.ts';

const URL = 'https://api.github.com/repos/octo/app/actions/runners';
const request = { headers: { Authorization: `Bearer ${TEST_TOKEN}` }, timeoutMs: 5000, maxBytes: 100_000 };

describe('asking without a socket', () => {
  it('gives what a socket gives', async () => {
    await using github = await createGithubEmulator();
    github.addRunner({ scope: 'octo/app', name: 'r' });
    const direct = await github.http(`${URL}?per_page=100`, request);
    const response = await fetch(`${github.url}/repos/octo/app/actions/runners?per_page=100`, request);
    expect([direct.status, direct.text]).toEqual([response.status, await response.text()]);
    expect(direct.headers.get('etag')).toBe(response.headers.get('etag'));
    const path = '/repos/octo/app/actions/runners?per_page=100';
    expect(github.requests()).toEqual([
      { method: 'GET', path, status: 200 },
      { method: 'GET', path, status: 200 },
    ]);
  });

  it('knows 304, and links to where it was asked', async () => {
    await using github = await createGithubEmulator();
    for (let n = 0; n < 3; n++) github.addRunner({ scope: 'octo/app', name: `r${n}` });
    const first = await github.http(`${URL}?per_page=2`, request);
    expect(first.headers.get('link')).toContain(`<${URL}?per_page=2&page=2>; rel="next"`);
    const headers = { ...request.headers, 'If-None-Match': first.headers.get('etag') ?? '' };
    expect(await github.http(`${URL}?per_page=2`, { ...request, headers })).toMatchObject({ status: 304, text: '' });
  });

  it('suffers the same faults', async () => {
    const clock = new FakeClock();
    await using github = await createGithubEmulator({ clock });
    github.fail({ match: '/runners', times: 1, status: 502, body: '<html>' });
    expect(await github.http(URL, request)).toMatchObject({ status: 502, text: '<html>' });
    github.fail({ match: '/runners', times: 1, reset: true });
    await expect(github.http(URL, request)).rejects.toThrow('https://api.github.com could not be reached');
    github.fail({ match: '/runners', times: 1, hang: true });
    const hung = github.http(URL, request);
    const late = expect(hung).rejects.toThrow('https://api.github.com did not answer within 5 s');
    await clock.advance(5000);
    await late;
    await expect(github.http(URL, { ...request, maxBytes: 10 })).rejects.toThrow('answered with more than 10 bytes');
    expect(github.requests().map(({ status }) => status)).toEqual([502, 0, 0, 0]);
  });

  it('is left by whoever goes', async () => {
    await using github = await createGithubEmulator();
    github.fail({ match: '/runners', hang: true });
    const leaving = new AbortController();
    const asked = github.http(URL, { ...request, signal: leaving.signal });
    leaving.abort(new Error('stopped'));
    await expect(asked).rejects.toThrow('stopped');
  });
});
