import { describe, expect, it } from 'vitest';
import { listAlerts } from '../../src/commands/alerts.ts';
import { healthcheck } from '../../src/commands/healthcheck.ts';
import { listRules } from '../../src/commands/rules-list.ts';
import { listRunners } from '../../src/commands/runners.ts';
import { recordedIo } from './support.ts';

const runners = {
  status: 'success',
  data: {
    runners: [
      {
        runner: 'ci-1',
        verdict: 'busy',
        because: 'GitHub says that it works',
        container: 'runner-1',
        containerState: 'running',
        containerHealth: 'healthy',
        github: 'online',
        githubSays: 'online, busy',
        busy: true,
      },
      {
        runner: 'old\u001b[31m',
        verdict: 'ghost',
        because: 'GitHub knows it, no container does',
        github: 'offline',
        githubSays: 'offline',
      },
    ],
  },
};
const alerts = {
  status: 'success',
  data: {
    alerts: [
      {
        labels: { alertname: 'RunnerZombie', severity: 'critical', runner: 'ci-1' },
        annotations: { summary: 'ci-1 is up, but GitHub does not see it' },
        state: 'firing',
        activeAt: '2026-11-23T10:00:00.000Z',
        value: '1',
      },
    ],
  },
};

describe('runners', () => {
  it('prints a table without control characters of foreign text', async () => {
    const io = recordedIo({}, { status: 200, body: runners });
    expect(await listRunners(io, { url: undefined, json: false })).toBe(0);
    expect(io.printed).toEqual([
      'RUNNER    VERDICT  SINCE  CONTAINER  STATE             GITHUB        BECAUSE',
      'ci-1      busy     -      runner-1   running, healthy  online, busy  GitHub says that it works',
      'old [31m  ghost    -      -          -                 offline       GitHub knows it, no container does',
    ]);
  });

  it('prints JSON', async () => {
    const io = recordedIo({}, { status: 200, body: runners });
    await listRunners(io, { url: undefined, json: true });
    expect(JSON.parse(io.printed.join('\n'))).toMatchObject([{ runner: 'ci-1', busy: true }, { verdict: 'ghost' }]);
  });

  it('says when there is none', async () => {
    const io = recordedIo({}, { status: 200, body: { data: { runners: [] } } });
    await listRunners(io, { url: undefined, json: false });
    expect(io.printed).toEqual(['no runner is known']);
  });

  it.each([
    ['another status', { status: 500, body: '' }, '/api/v1/runners answered with status 500'],
    ['a refusal', { status: 400, body: { status: 'error', error: 'found \u001bx' } }, /^found {2}x$/],
    [
      'something else',
      { status: 200, body: '<html>' },
      '/api/v1/runners answered with something else than Runnerwatch would',
    ],
    ['nothing', new Error('refused'), 'refused'],
  ])('fails on %s', async (_, answer, message) => {
    await expect(listRunners(recordedIo({}, answer), { url: undefined, json: false })).rejects.toThrow(message);
  });
});

describe('alerts', () => {
  it('prints a table', async () => {
    const io = recordedIo({}, { status: 200, body: alerts });
    expect(await listAlerts(io, { url: undefined, json: false })).toBe(0);
    expect(io.printed).toEqual([
      'ALERT         STATE   SINCE                     LABELS                         SUMMARY',
      'RunnerZombie  firing  2026-11-23T10:00:00.000Z  severity=critical runner=ci-1  ci-1 is up, but GitHub does not see it',
    ]);
  });

  it('says when there is none', async () => {
    const io = recordedIo({}, { status: 200, body: { data: { alerts: [] } } });
    await listAlerts(io, { url: undefined, json: false });
    expect(io.printed).toEqual(['no alert is pending or firing']);
  });
});

const shared = { health: 'ok', evaluationTime: 0.0012, lastEvaluation: '2026-11-23T10:00:00.000Z' };
const rules = {
  status: 'success',
  data: {
    groups: [
      {
        ...{ name: 'host', file: 'host.rules.yml' },
        rules: [
          { ...shared, name: 'load:avg', query: 'avg(load)', type: 'recording', warnings: ['one', 'two'] },
          {
            ...shared,
            name: 'Down',
            type: 'alerting',
            state: 'firing',
            alerts: [{}, {}],
            health: 'err',
            lastError: 'no',
          },
        ],
      },
    ],
  },
};

describe('rules', () => {
  it('prints a table', async () => {
    const io = recordedIo({}, { status: 200, body: rules });
    expect(await listRules(io, { url: undefined, json: false })).toBe(0);
    expect(io.printed).toEqual([
      'GROUP  RULE      TYPE       STATE   ALERTS  HEALTH  TOOK    SAYS',
      'host   load:avg  recording  -       -       ok      1.2 ms  one; two',
      'host   Down      alerting   firing  2       err     1.2 ms  no',
    ]);
  });

  it('prints all that the instance says as JSON', async () => {
    const io = recordedIo({}, { status: 200, body: rules });
    await listRules(io, { url: undefined, json: true });
    expect(JSON.parse(io.printed.join('\n'))).toEqual(rules.data.groups);
  });

  it('says when there is none', async () => {
    const io = recordedIo({}, { status: 200, body: { data: { groups: [] } } });
    await listRules(io, { url: undefined, json: false });
    expect(io.printed).toEqual(['no rule is evaluated here']);
  });
});

describe('healthcheck', () => {
  it.each([
    ['is healthy', { status: 200, body: '' }, 0, ['healthy'], []],
    ['says that it is not', { status: 503, body: '' }, 1, [], ['unhealthy: /-/healthy answered with status 503']],
    ['does not answer', new Error('refused'), 1, [], ['unhealthy: refused']],
  ])('of an instance that %s', async (_, answer, code, printed, failed) => {
    const io = recordedIo({}, answer);
    expect(await healthcheck(io, undefined)).toBe(code);
    expect([io.printed, io.failed]).toEqual([printed, failed]);
  });

  it.each([
    ['the usual one', {}, undefined, 'http://127.0.0.1:9478/-/healthy'],
    ['the configured one', { env: { RUNNERWATCH_LISTEN: '192.0.2.1:1' } }, undefined, 'http://192.0.2.1:1/-/healthy'],
    [
      'loopback of every interface',
      { env: { RUNNERWATCH_LISTEN: '0.0.0.0:1' } },
      undefined,
      'http://127.0.0.1:1/-/healthy',
    ],
    [
      'loopback of every interface, IPv6',
      { env: { RUNNERWATCH_LISTEN: '[::]:1' } },
      undefined,
      'http://[::1]:1/-/healthy',
    ],
    [
      'the usual one where the file is bad',
      { files: { '/work/runnerwatch.yml': 'a: b' } },
      undefined,
      'http://127.0.0.1:9478/-/healthy',
    ],
    ['the one that --url says', {}, 'http://ci-1:9/', 'http://ci-1:9/-/healthy'],
  ])('asks %s', async (_, machine, url, expected) => {
    const io = recordedIo(machine, { status: 200, body: '' });
    await healthcheck(io, url);
    expect(io.asked).toEqual([expected]);
  });
});
