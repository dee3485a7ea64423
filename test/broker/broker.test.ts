import { describe, expect, it } from 'vitest';
import { containerDetails } from '../support/fake-docker.ts';
import { whilePassing } from '../support/while-passing.ts';
import { address, decoy, runnerContainer, setUp } from './set-up.ts';

const labels = ['self-hosted', 'Linux', 'X64'];
const runners = '/repos/octo/homelab/actions/runners';

describe('a grant', () => {
  it('of a registration token is told and counted, and holds no secret', async () => {
    await using broker = await setUp();
    const answer = await broker.ask({ kind: 'registration' });
    expect(answer).toEqual({
      outcome: 'granted',
      kind: 'registration',
      token: expect.stringMatching(/^[0-9A-F]{30}$/),
    });
    expect(broker.paths()).toEqual([`GET ${runners}`, `POST ${runners}/registration-token`]);
    expect(broker.counted).toEqual(['granted']);
    expect(broker.audited).toEqual([
      {
        action: 'runner-token-granted',
        outcome: 'success',
        message: 'The runner was given what it asked for: registration.',
        labels: { runner: 'homelab-1', kind: 'registration', address },
      },
    ]);
  });

  it('of a configuration for one job takes out what an earlier start left', async () => {
    await using broker = await setUp();
    broker.github.addRunner({ scope: 'octo/homelab', name: 'homelab-1' });
    const [old] = broker.github.runners();
    const answer = await broker.ask({ kind: 'jit' });
    expect(answer).toEqual({ outcome: 'granted', kind: 'jit', encoded_jit_config: expect.any(String) });
    expect(broker.github.runners()).toMatchObject([{ name: 'homelab-1', ephemeral: true, labels }]);
    expect(broker.github.runners()[0]?.id).not.toBe(old?.id);
  });

  it('of a configuration for one job has the labels and the group of its container, whatever is asked for', async () => {
    await using broker = await setUp({ architecture: 'arm64', scopes: [{ kind: 'organization', name: 'acme' }] });
    const own = { 'runnerwatch.runner-labels': ' lan, gpu,,Linux', 'runnerwatch.runner-group': '7' };
    const container = runnerContainer(broker.clock);
    broker.containersAre([{ ...container, labels: { ...container.labels, ...own } }]);
    const wish = { labels: ['self-hosted', 'production'], group: 9, name: 'homelab-2' };
    expect(await broker.ask({ kind: 'jit', ...wish })).toMatchObject({ outcome: 'granted' });
    expect(broker.github.runners()).toMatchObject([
      { name: 'homelab-1', labels: ['self-hosted', 'Linux', 'ARM64', 'lan', 'gpu'], groupId: 7 },
    ]);
  });

  it('is given once for each start of the container, also after a restart of Runnerwatch', async () => {
    await using broker = await setUp();
    expect(await broker.ask({ kind: 'registration' })).toMatchObject({ outcome: 'granted' });
    for (const kind of ['registration', 'jit', 'kept']) {
      expect(await broker.ask({ kind })).toMatchObject({ outcome: 'already-granted' });
    }
    broker.restart();
    expect(await broker.ask({ kind: 'registration' })).toMatchObject({ outcome: 'already-granted' });
    await broker.clock.advance(60_000);
    broker.containersAre([runnerContainer(broker.clock)]);
    expect(await broker.ask({ kind: 'registration' })).toMatchObject({ outcome: 'granted' });
    expect(broker.paths().filter((path) => path.endsWith('registration-token'))).toHaveLength(2);
  });

  it('is used up by a runner that kept its registration', async () => {
    await using broker = await setUp();
    expect(await broker.ask({ kind: 'kept' })).toEqual({ outcome: 'granted', kind: 'kept' });
    expect(await broker.ask({ kind: 'registration' })).toMatchObject({ outcome: 'already-granted' });
    expect(broker.paths()).toEqual([]);
  });

  it('that GitHub could not give is asked for again', async () => {
    await using broker = await setUp();
    broker.github.fail({ match: 'registration-token', times: 3, status: 503 });
    expect(await whilePassing(broker.clock, broker.ask({ kind: 'registration' }))).toEqual({
      outcome: 'github-failed',
      reason: 'GitHub failed with 503 for a registration token for octo/homelab',
      retryAfter: 15,
    });
    expect(await broker.ask({ kind: 'registration' })).toMatchObject({ outcome: 'granted' });
  });

  it('of two requests at once goes to one', async () => {
    await using broker = await setUp();
    const answers = await Promise.all([1, 2, 3].map(() => broker.ask({ kind: 'registration' })));
    expect(answers.map(({ outcome }) => outcome).sort()).toEqual(['granted', 'in-progress', 'in-progress']);
  });
});

describe('leaving', () => {
  it('takes out the runner itself, and gives no token that takes out others', async () => {
    await using broker = await setUp();
    broker.github.addRunner({ scope: 'octo/homelab', name: 'homelab-1' });
    broker.github.addRunner({ scope: 'octo/homelab', name: 'homelab-2' });
    await broker.ask({ kind: 'kept' });
    await broker.clock.advance(3_600_000);
    expect(await broker.ask({ kind: 'remove' })).toEqual({ outcome: 'granted', kind: 'remove', removed: true });
    expect(broker.github.runners()).toMatchObject([{ name: 'homelab-2' }]);
    expect(await broker.ask({ kind: 'remove' })).toEqual({ outcome: 'granted', kind: 'remove', removed: false });
    expect(broker.paths().filter((path) => path.includes('remove-token'))).toEqual([]);
  });

  it('is for no job: no runner leaves while one runs in it', async () => {
    await using broker = await setUp();
    broker.github.addRunner({ scope: 'octo/homelab', name: 'homelab-1', status: 'online' });
    broker.processesAre(['/home/runner/bin/Runner.Listener run', '/home/runner/bin/Runner.Worker spawnclient 1 2']);
    expect(await broker.ask({ kind: 'remove' })).toEqual({ outcome: 'working', reason: 'a job runs in its container' });
    expect(broker.github.runners()).toHaveLength(1);
    expect(broker.audited).toMatchObject([{ action: 'runner-token-refused', labels: { why: 'working' } }]);
  });

  it('waits until GitHub has seen the end of the last job', async () => {
    await using broker = await setUp();
    broker.github.addRunner({ scope: 'octo/homelab', name: 'homelab-1', status: 'online', busy: true });
    expect(await broker.ask({ kind: 'remove' })).toMatchObject({ outcome: 'busy', retryAfter: 20 });
  });
});

describe('leaving again and again', () => {
  it('costs nothing of the limit at GitHub, beyond a few tries an hour', async () => {
    await using broker = await setUp();
    for (let index = 0; index < 60; index++) {
      await broker.ask({ kind: 'remove' });
      await broker.clock.advance(10_000);
    }
    expect(broker.counted.filter((outcome) => outcome === 'budget')).toHaveLength(30);
    expect(broker.paths()).toHaveLength(30);
    await broker.clock.advance(3_600_000);
    expect(await broker.ask({ kind: 'remove' })).toMatchObject({ outcome: 'granted' });
  });
});

describe('a refusal', () => {
  it.each([
    ['another address', { address: '172.20.0.9' }, 'not-a-runner'],
    ['no address', { address: undefined }, 'not-a-runner'],
    ['another key', { key: 'the-key-of-homelab-2' }, 'bad-key'],
    ['no key', { key: undefined }, 'bad-key'],
    ['the decoy', { key: decoy }, 'decoy'],
  ])('meets %s', async (_, over, outcome) => {
    await using broker = await setUp();
    expect(await broker.ask({ kind: 'registration' }, over)).toMatchObject({ outcome });
    expect(broker.counted).toEqual([outcome]);
    expect(broker.audited).toMatchObject([
      { action: 'runner-token-refused', outcome: 'failure', labels: { why: outcome } },
    ]);
    expect(JSON.stringify(broker.audited)).not.toMatch(/the-(key|decoy)/);
    expect(broker.paths()).toEqual([]);
  });

  it.each([
    ['no label', { labels: {} }],
    ['a label that is a path', { labels: { 'runnerwatch.runner': '../homelab-1' } }],
    ['no name at all', { labels: { 'runnerwatch.runner': '' } }],
  ])('meets a container with %s', async (_, over) => {
    await using broker = await setUp();
    broker.containersAre([runnerContainer(broker.clock, over)]);
    expect(await broker.ask({ kind: 'registration' })).toMatchObject({ outcome: 'not-a-runner' });
  });

  it('meets two containers of one name, and two of one address', async () => {
    await using broker = await setUp();
    const one = runnerContainer(broker.clock);
    broker.containersAre([one, runnerContainer(broker.clock, { name: 'other', addresses: ['172.20.0.4'] })]);
    expect(await broker.ask({ kind: 'registration' })).toMatchObject({
      reason: '2 running containers are labelled as the runner homelab-1',
    });
    broker.containersAre([one, containerDetails({ name: 'other', addresses: [address] })]);
    expect(await broker.ask({ kind: 'registration' })).toMatchObject({ outcome: 'not-a-runner' });
  });

  it.each([
    ['runnerwatch.runner-labels', 'x'.repeat(257)],
    ['runnerwatch.runner-labels', Array.from({ length: 99 }, (_, index) => `label-${index}`).join()],
    ['runnerwatch.runner-group', 'Default'],
    ['runnerwatch.runner-group', '0'],
  ])('meets a container whose label %s is wrong, where it is for one job', async (label, value) => {
    await using broker = await setUp();
    const container = runnerContainer(broker.clock);
    broker.containersAre([{ ...container, labels: { ...container.labels, [label]: value } }]);
    expect(await broker.ask({ kind: 'jit' })).toMatchObject({
      outcome: 'malformed',
      reason: expect.stringContaining(label),
    });
    expect(broker.paths()).toEqual([]);
    expect(await broker.ask({ kind: 'registration' })).toMatchObject({ outcome: 'granted' });
  });

  it('meets a runner whose key is not there', async () => {
    await using broker = await setUp();
    broker.files.clear();
    expect(await broker.ask({ kind: 'registration' })).toMatchObject({ outcome: 'bad-key' });
    broker.files.set('/keys/homelab-1/key.sha256', 'no digest');
    expect(await broker.ask({ kind: 'registration' })).toMatchObject({ outcome: 'bad-key' });
  });

  it('meets a container that started long ago: its entrypoint starts jobs then without a grant', async () => {
    await using broker = await setUp();
    await broker.clock.advance(298_000);
    broker.github.fail({ match: 'registration-token', status: 403 });
    expect(await broker.ask({ kind: 'registration' })).toMatchObject({ outcome: 'github-failed' });
    await broker.clock.advance(2000);
    expect(await broker.ask({ kind: 'registration' })).toMatchObject({ outcome: 'too-late' });
  });

  it('meets a crash loop, until the window has passed', async () => {
    await using broker = await setUp({ config: { budget: { grants: 2, window: '10m' } } });
    const restarted = async () => {
      await broker.clock.advance(60_000);
      broker.containersAre([runnerContainer(broker.clock)]);
      return broker.ask({ kind: 'kept' });
    };
    const outcomes = [];
    for (let index = 0; index < 3; index++) outcomes.push((await restarted()).outcome);
    expect(outcomes).toEqual(['granted', 'granted', 'budget']);
    expect(await broker.ask({ kind: 'kept' })).toMatchObject({
      reason: 'homelab-1 was given something 2 times within 10 minutes',
      retryAfter: 480,
    });
    await broker.clock.advance(480_000);
    expect(await restarted()).toMatchObject({ outcome: 'granted' });
  });

  it.each([
    '/home/runner/config.sh',
    '/home/runner/bin/Runner.Listener',
    '/home/runner/bin',
    '/usr/bin/curl',
    '/etc/ld.so.preload',
  ])('meets a container whose %s was changed, where a token could be read by it', async (path) => {
    await using broker = await setUp();
    broker.changesAre(['/home', '/home/runner', '/usr', path]);
    const how = 'make the container anew (docker compose up -d --force-recreate SERVICE)';
    expect(await broker.ask({ kind: 'registration' })).toEqual({
      outcome: 'programs-changed',
      reason: `${path} is not the image's any more, by an update or by a job: ${how}`,
    });
    expect(broker.paths()).toEqual([]);
    expect(await broker.ask({ kind: 'jit' })).toMatchObject({ outcome: 'granted' });
  });

  it('does not meet a container with what runners leave behind', async () => {
    await using broker = await setUp();
    const ofDocker = ['/usr', '/usr/sbin', '/usr/sbin/docker-init', '/runner', '/opt', '/opt/hostedtoolcache'];
    const ofJobs = ['/home', '/home/runner', '/home/runner/.runner', '/home/runner/_diag/Runner.log', '/tmp/usr/bin'];
    broker.changesAre([...ofDocker, ...ofJobs]);
    expect(await broker.ask({ kind: 'registration' })).toMatchObject({ outcome: 'granted' });
  });

  it.each(['registration', 'jit'])('meets a second runner of an online one (%s)', async (kind) => {
    await using broker = await setUp();
    broker.github.addRunner({ scope: 'octo/homelab', name: 'homelab-1', status: 'online' });
    expect(await broker.ask({ kind })).toMatchObject({ outcome: 'name-taken', retryAfter: 20 });
    expect(broker.github.runners()).toHaveLength(1);
  });

  it.each([
    [undefined, 'Invalid input'],
    [{ kind: 'remove-token' }, 'kind'],
    [{ kind: 'registration', scope: 'octo/other' }, 'not one that Runnerwatch watches'],
    [{ kind: 'jit', work: '' }, 'work'],
  ])('meets a body that is not as expected: %j', async (body, reason) => {
    await using broker = await setUp();
    expect(await broker.ask(body)).toMatchObject({ outcome: 'malformed', reason: expect.stringContaining(reason) });
  });

  it('meets everybody where no keys are configured', async () => {
    await using broker = await setUp({ config: { keys_dir: undefined } });
    expect(await broker.ask({ kind: 'registration' })).toMatchObject({ outcome: 'disabled' });
    expect(broker.audited).toEqual([]);
  });

  it('meets a flood, which the audit log is spared', async () => {
    await using broker = await setUp();
    for (let index = 0; index < 50; index++) await broker.ask({ kind: 'registration' }, { key: 'guess' });
    expect(broker.audited).toHaveLength(20);
    expect(broker.counted.filter((outcome) => outcome === 'rate-limited')).toHaveLength(30);
    await broker.clock.advance(60_000);
    expect(await broker.ask({ kind: 'registration' }, { key: 'guess' })).toMatchObject({ outcome: 'bad-key' });
  });
});

it('takes the scope that the runner names, of those that are watched', async () => {
  const scopes = [
    { kind: 'repository', name: 'octo/homelab' },
    { kind: 'organization', name: 'acme' },
    { kind: 'enterprise', name: 'big' },
  ] as const;
  await using broker = await setUp({ scopes });
  expect(await broker.ask({ kind: 'registration' })).toMatchObject({ outcome: 'malformed' });
  expect(await broker.ask({ kind: 'registration', scope: 'big' })).toMatchObject({ outcome: 'malformed' });
  expect(await broker.ask({ kind: 'registration', scope: 'Acme' })).toMatchObject({ outcome: 'granted' });
  expect(broker.paths().at(-1)).toBe('POST /orgs/acme/actions/runners/registration-token');
});
