import { describe, expect, it } from 'vitest';
import { isWell, objection } from '../../src/recovery/precondition.ts';
import { container, githubRunner } from '../support/recovery.ts';

const idle = ['/bin/bash /home/runner/run.sh', '/home/runner/bin/Runner.Listener run'];
const working = [...idle, '/home/runner/bin/Runner.Worker spawnclient 105 108'];
const online = { asked: true, runner: githubRunner({}) } as const;
const offline = { asked: true, runner: githubRunner({ status: 'offline' }) } as const;
const busy = { asked: true, runner: githubRunner({ busy: true }) } as const;
const notAsked = { asked: false } as const;

describe('objection to a restart', () => {
  it.each([
    ['GitHub says busy', { health: 'unhealthy', github: busy, processes: idle }, 'busy'],
    ['GitHub says busy, container down', { running: false, github: busy, processes: undefined }, 'busy'],
    ['a worker process runs', { health: 'unhealthy', github: offline, processes: working }, 'busy'],
    ['the processes are not known', { health: 'unhealthy', github: offline, processes: undefined }, 'unknown'],
    ['it is well again', { health: 'healthy', github: online, processes: idle }, 'recovered'],
    ['it is well and GitHub is not asked', { health: 'healthy', github: notAsked, processes: idle }, 'recovered'],
    ['it is unhealthy and idle', { health: 'unhealthy', github: offline, processes: idle }, undefined],
    ['it is unhealthy, GitHub not asked', { health: 'unhealthy', github: notAsked, processes: idle }, undefined],
    ['it is healthy here, offline there', { health: 'healthy', github: offline, processes: idle }, undefined],
    ['a person stopped it', { running: false, exitCode: 143, github: offline, processes: undefined }, 'stopped'],
    ['its container crashed', { running: false, github: offline, processes: undefined }, undefined],
    [
      'a name only resembles the worker',
      { health: 'unhealthy', github: offline, processes: ['Runner.Workers x'] },
      undefined,
    ],
  ] as const)('%s', (_, { github, processes, ...state }, outcome) => {
    expect(objection({ container: container(state), github, processes })?.outcome).toBe(outcome);
  });
});

describe('isWell', () => {
  it.each([
    [{ health: 'healthy' }, online, true],
    [{ health: 'none' }, online, true],
    [{ health: 'starting' }, online, false],
    [{ health: 'unhealthy' }, online, false],
    [{ health: 'healthy' }, offline, false],
    [{ health: 'healthy' }, { asked: true, runner: undefined }, false],
    [{ health: 'healthy' }, { asked: true, runner: githubRunner({ status: 'unknown' }) }, false],
    [{ health: 'healthy', running: false }, online, false],
    [{ health: 'healthy' }, notAsked, true],
  ] as const)('%j with GitHub %j: %s', (state, github, well) => {
    expect(isWell(container(state), github)).toBe(well);
  });
});
