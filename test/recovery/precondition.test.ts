import { describe, expect, it } from 'vitest';
import { isWell, objection } from '../../src/recovery/precondition.ts';
import { container, registration } from '../support/recovery.ts';

const idle = ['/bin/bash /home/runner/run.sh', '/home/runner/bin/Runner.Listener run'];
const working = [...idle, '/home/runner/bin/Runner.Worker spawnclient 105 108'];
const online = { asked: true, registrations: [registration({})] } as const;
const offline = { asked: true, registrations: [registration({ status: 'offline' })] } as const;
const busy = {
  asked: true,
  registrations: [registration({ status: 'offline' }), registration({ busy: true })],
} as const;
const intent = { action: 'restart', needs: 'container', verdict: 'unhealthy', evenBusy: false } as const;
const notAsked = { asked: false } as const;

describe('objection to a restart', () => {
  it.each([
    ['GitHub says busy', { health: 'unhealthy', github: busy, processes: idle }, 'busy'],
    ['GitHub says busy, container down', { running: false, github: busy, processes: undefined }, 'busy'],
    ['a worker process runs', { health: 'unhealthy', github: offline, processes: working }, 'busy'],
    ['the processes are not known', { health: 'unhealthy', github: offline, processes: undefined }, 'unknown'],
    ['it is well again', { health: 'healthy', github: online, processes: idle }, 'recovered'],
    ['it is well and GitHub is not asked', { health: 'healthy', github: notAsked, processes: idle }, 'recovered'],
    [
      'its check says that it is not, before Docker does',
      { health: 'healthy', facts: 'state=unhealthy listener=0 worker=0', github: online, processes: idle },
      undefined,
    ],
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
    expect(objection({ container: container(state), github, processes }, intent)?.outcome).toBe(outcome);
  });
});

const facts = 'state=unhealthy listener=0 worker=1';
const busyNamesake = {
  asked: true,
  registrations: [registration({ id: 1, status: 'offline' }), registration({ id: 2, busy: true })],
} as const;
const holding = (id: number) => container({ health: 'unhealthy', facts: `state=unhealthy worker=0 agent_id=${id}` });

describe('objection', () => {
  const ill = { container: container({ health: 'unhealthy' }), github: offline, processes: idle };
  it.each([
    ['its health check says that a worker runs', { container: container({ health: 'unhealthy', facts }) }, {}, 'busy'],
    [
      'a health check of a container that ended says so',
      { container: container({ running: false, facts }) },
      {},
      undefined,
    ],
    [
      'it is being worked on',
      { container: container({ health: 'unhealthy', labels: { 'runnerwatch.maintenance': 'backup' } }) },
      {},
      'paused',
    ],
    [
      'it is no more',
      { container: container({ health: 'unhealthy', labels: { 'runnerwatch.maintenance': 'false' } }) },
      {},
      undefined,
    ],
    ['it was started a moment ago', { container: container({ health: 'starting' }) }, {}, 'unknown'],
    [
      'a step has started it itself',
      { container: container({ health: 'starting' }) },
      { evenStarting: true },
      undefined,
    ],
    ['its container is gone', { container: undefined, processes: undefined }, {}, 'unknown'],
    ['a hidden fault looks well', { container: container({}), github: online }, { verdict: 'outdated' }, undefined],
    ['GitHub still sees it online', { github: online }, { action: 'reregister' }, 'unknown'],
    ['GitHub sees it offline', {}, { action: 'reregister' }, undefined],
    ['GitHub says that another of its name is busy', { container: holding(1), github: busyNamesake }, {}, undefined],
    ['GitHub says that its own is busy, of two', { container: holding(2), github: busyNamesake }, {}, 'busy'],
    ['nobody says which of two is its own', { github: busyNamesake }, {}, 'busy'],
    ['a worker runs, whatever id a job wrote', { container: holding(1), processes: working }, {}, 'busy'],
    ['another of its name is online', { container: holding(3), github: online }, { action: 'reregister' }, undefined],
    ['a stuck job may be ended', { processes: working, github: busy }, { evenBusy: true }, undefined],
  ] as const)('%s', (_, findings, intended, outcome) => {
    expect(objection({ ...ill, ...findings }, { ...intent, ...intended })?.outcome).toBe(outcome);
  });

  const ghost = { container: undefined, github: offline, processes: undefined };
  it.each([
    ['nothing speaks against it', {}, undefined],
    ['it has a container', { container: container({ health: 'unhealthy' }) }, 'recovered'],
    ['it is gone already', { github: { asked: true, registrations: [] } as const }, 'recovered'],
    ['it is online', { github: online }, 'unknown'],
    ['it is busy', { github: busy }, 'busy'],
    ['nobody asks GitHub', { github: notAsked }, 'unknown'],
  ] as const)('to the removal of a ghost: %s', (_, findings, outcome) => {
    const removal = { ...intent, action: 'remove-ghost', needs: 'no-container', verdict: 'ghost' } as const;
    expect(objection({ ...ghost, ...findings }, removal)?.outcome).toBe(outcome);
  });
});

describe('isWell', () => {
  it.each([
    [{ health: 'healthy' }, online, true],
    [{ health: 'none' }, online, true],
    [{ health: 'starting' }, online, false],
    [{ health: 'unhealthy' }, online, false],
    [{ health: 'healthy' }, offline, false],
    [{ health: 'healthy' }, { asked: true, registrations: [] }, false],
    [{ health: 'healthy' }, { asked: true, registrations: [registration({ status: 'unknown' })] }, false],
    [{ health: 'healthy', running: false }, online, false],
    [{ health: 'healthy' }, notAsked, true],
    [{ health: 'healthy', facts: 'state=healthy agent_id=1' }, online, true],
    [{ health: 'healthy', facts: 'state=healthy agent_id=2' }, online, false],
  ] as const)('%j with GitHub %j: %s', (state, github, well) => {
    expect(isWell({ container: container(state), github })).toBe(well);
  });
});
