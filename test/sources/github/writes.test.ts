import { describe, expect, it } from 'vitest';
import { FakeClock } from '../../support/fake-clock.ts';
import { createGithubEmulator } from '../../support/github-emulator/index.ts';
import { whilePassing } from '../../support/while-passing.ts';
import { failureOf, signal, sourceFor } from './source-for.ts';

const repository = { kind: 'repository', name: 'o/r' } as const;
const organization = { kind: 'organization', name: 'acme' } as const;
const made = { name: 'homelab-1', labels: ['self-hosted', 'lan'], groupId: 1, workFolder: '_work' };

async function setUp() {
  const clock = new FakeClock();
  const github = await createGithubEmulator({ clock });
  const asked = () => github.requests().map(({ method, path }) => `${method} ${path}`);
  return { clock, github, source: sourceFor(github, clock).source, asked };
}

describe('what is changed at GitHub', () => {
  it.each([
    [repository, '/repos/o/r'],
    [organization, '/orgs/acme'],
  ])('a runner of a $kind is registered, made for one job, and taken out', async (scope, root) => {
    const { github, source, asked } = await setUp();
    await using _ = github;
    expect(await source.createRegistrationToken(scope, signal)).toMatch(/^[0-9A-F]{30}$/);
    const jit = await source.createJitConfig(scope, made, signal);
    const [runner] = github.runners();
    expect(runner).toMatchObject({ name: 'homelab-1', labels: ['self-hosted', 'lan'], ephemeral: true });
    expect(jit).toEqual({ config: expect.stringMatching(/^[\w+/]{100,}=*$/), runnerId: runner?.id });
    expect(await source.removeRunner(scope, runner?.id ?? 0, signal)).toBe(true);
    expect(github.runners()).toEqual([]);
    expect(asked()).toEqual([
      `POST ${root}/actions/runners/registration-token`,
      `POST ${root}/actions/runners/generate-jitconfig`,
      `DELETE ${root}/actions/runners/${runner?.id}`,
    ]);
  });

  it.each([
    [repository, 'o/r'],
    [organization, 'acme'],
  ])(
    'a runner of a $kind loses the labels that it was given, and gets them back beside others',
    async (scope, name) => {
      const { github, source } = await setUp();
      await using _ = github;
      const { id } = github.addRunner({ scope: name, name: 'homelab-1', labels: ['self-hosted', 'lan', 'gpu'] });
      const labels = async () => (await source.listRunners(scope, signal)).map((one) => [one.labels, one.customLabels]);
      expect(await labels()).toEqual([
        [
          ['self-hosted', 'lan', 'gpu'],
          ['lan', 'gpu'],
        ],
      ]);
      expect(await source.removeLabels(scope, id, signal)).toBe(true);
      expect(await labels()).toEqual([[['self-hosted'], []]]);
      github.setRunner(id, { labels: ['self-hosted', 'new'] });
      expect(await source.addLabels(scope, id, ['lan', 'gpu'], signal)).toBe(true);
      expect(await labels()).toEqual([
        [
          ['self-hosted', 'new', 'lan', 'gpu'],
          ['new', 'lan', 'gpu'],
        ],
      ]);
      expect(await source.removeLabels(scope, id + 1, signal)).toBe(false);
      expect(await source.addLabels(scope, id + 1, ['lan'], signal)).toBe(false);
    },
  );

  it('a name that is taken gives no configuration', async () => {
    const { github, source } = await setUp();
    await using _ = github;
    github.addRunner({ scope: 'o/r', name: 'homelab-1' });
    expect(await source.createJitConfig(repository, made, signal)).toBeUndefined();
  });

  it('a runner that works stays, and one that is gone is no error', async () => {
    const { github, source } = await setUp();
    await using _ = github;
    const { id } = github.addRunner({ scope: 'o/r', name: 'homelab-1', status: 'online', busy: true });
    expect(await source.removeRunner(repository, id, signal)).toBe(false);
    expect(github.runners()).toHaveLength(1);
    expect(await source.removeRunner(repository, id + 1, signal)).toBe(true);
  });

  it('a configuration is asked for once: it may have been made although no answer came', async () => {
    const { clock, github, source, asked } = await setUp();
    await using _ = github;
    github.fail({ match: 'generate-jitconfig', times: 3, status: 502 });
    const error = await failureOf(whilePassing(clock, source.createJitConfig(repository, made, signal)));
    expect(error).toMatchObject({ failure: 'server' });
    expect(asked()).toHaveLength(1);
  });

  it('a permission that is missing is named', async () => {
    const clock = new FakeClock();
    await using github = await createGithubEmulator({ clock, tokens: { reader: { runners: 'read' } } });
    const { source } = sourceFor(github, clock, { token: async () => 'reader' });
    const error = await failureOf(source.createRegistrationToken(repository, signal));
    expect(error.failure).toBe('permission');
    expect(source.missingPermissions()).toEqual([{ scope: 'o/r', permission: 'administration=write' }]);
  });

  it('an answer that is not as documented is said without what it holds', async () => {
    const { github, source } = await setUp();
    await using _ = github;
    github.fail({ match: 'registration-token', status: 201, body: { tokens: 'AVERYSECRETTOKEN' } });
    const error = await failureOf(source.createRegistrationToken(repository, signal));
    expect(error.message).toBe("GitHub's answer for a registration token for o/r is not as documented: token");
  });
});
