import { expect, it } from 'vitest';
import { findingsOf } from '../../src/recovery/ask.ts';
import type { GithubLook } from '../../src/recovery/findings.ts';
import type { RecoveryPorts } from '../../src/recovery/ports.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { containerDetails } from '../support/fake-docker.ts';

const { signal } = new AbortController();
const container = containerDetails({ name: 'one', runner: 'builder-1' });
const scope = { kind: 'repository', name: 'octo/homelab' } as const;
const asked: GithubLook = { asked: true, registrations: [], scopes: [scope] };

function setUp({ look = asked, lookMs = 0, listed = [container], early = false } = {}) {
  const clock = new FakeClock();
  const tops: string[] = [];
  const refuse = () => Promise.reject(new Error('not expected'));
  const docker: RecoveryPorts['docker'] = {
    ...{ inspect: refuse, start: refuse, restart: refuse, stop: refuse, prune: refuse },
    containersOf: async () => listed,
    top: async (name) => {
      tops.push(name);
      if (name === 'gone') throw new Error('404: no such container');
      return [`${name} at ${tops.length}`];
    },
    expected: () => (early ? { at: clock.monotonic() - 200, answer: Promise.resolve(['asked ahead']) } : undefined),
  };
  const github = {
    look: async () => {
      await clock.advance(lookMs);
      return look;
    },
  } as unknown as RecoveryPorts['github'];
  const ask = async (likely?: string) => {
    const found = await findingsOf({ clock, docker, github }, 'builder-1', signal, likely);
    return typeof found === 'string' ? found : found.processes;
  };
  return { ask, tops };
}

it('asks the container that it had a moment ago for its processes while GitHub and Docker look for it', async () => {
  const { ask, tops } = setUp({ lookMs: 250 });
  expect(await ask('one')).toEqual(['one at 1']);
  expect(tops).toEqual(['one']);
});

it('takes what was asked for ahead', async () => {
  const { ask, tops } = setUp({ early: true, lookMs: 50 });
  expect(await ask('one')).toEqual(['asked ahead']);
  expect(tops).toEqual([]);
});

it.each([
  ['GitHub took longer, in which a job may have begun', { lookMs: 251 }],
  ['it was asked ahead, and GitHub took a while', { early: true, lookMs: 51 }],
  ['GitHub is not asked', { early: true, look: { asked: false } as const }],
  ['GitHub is asked for several scopes', { early: true, look: { ...asked, scopes: [scope, scope] } }],
])('gives Docker the last word where %s', async (_, given) => {
  const { ask, tops } = setUp(given);
  expect(await ask('one')).toEqual([`one at ${tops.length}`]);
  expect(tops.at(-1)).toBe('one');
});

it.each([['gone'], ['another'], [undefined]])('believes no other container: %s', async (likely) => {
  const { ask, tops } = setUp();
  expect(await ask(likely)).toEqual([`one at ${tops.length}`]);
  expect(tops.at(-1)).toBe('one');
});

it('knows no processes of a runner without a container, or with several', async () => {
  expect(await setUp({ listed: [] }).ask('one')).toBeUndefined();
  expect(await setUp({ listed: [container, container] }).ask('one')).toBe(
    'several containers are labelled as this runner',
  );
});
