import { expect, it } from 'vitest';
import { findingsOf } from '../../src/recovery/ask.ts';
import type { RecoveryPorts } from '../../src/recovery/ports.ts';
import { containerDetails } from '../support/fake-docker.ts';

const { signal } = new AbortController();
const container = containerDetails({ name: 'one', runner: 'builder-1' });

function ports(list: () => Promise<readonly (typeof container)[]>) {
  const asked: string[] = [];
  const refuse = () => Promise.reject(new Error('not expected'));
  const docker: RecoveryPorts['docker'] = {
    ...{ inspect: refuse, start: refuse, restart: refuse, stop: refuse, prune: refuse },
    containersOf: list,
    top: async (name) => {
      asked.push(name);
      if (name === 'gone') throw new Error('404: no such container');
      return [`of ${name}`];
    },
  };
  const github = { look: async () => ({ asked: false }) as const } as unknown as RecoveryPorts['github'];
  return { asked, docker, github };
}

it('asks the container that it had a moment ago for its processes while Docker looks for it', async () => {
  const listed = Promise.withResolvers<readonly (typeof container)[]>();
  const { asked, ...rest } = ports(() => listed.promise);
  const found = findingsOf(rest, 'builder-1', signal, 'one');
  expect(asked).toEqual(['one']);
  listed.resolve([container]);
  expect(await found).toMatchObject({ container: { name: 'one' }, processes: ['of one'] });
  expect(asked).toEqual(['one']);
});

it.each([['gone'], ['another'], [undefined]])('believes no other container: %s', async (likely) => {
  const { asked, ...rest } = ports(async () => [container]);
  expect(await findingsOf(rest, 'builder-1', signal, likely)).toMatchObject({ processes: ['of one'] });
  expect(asked.at(-1)).toBe('one');
});

it('knows no processes of a runner without a container', async () => {
  const { asked: _, ...rest } = ports(async () => []);
  expect(await findingsOf(rest, 'builder-1', signal, 'one')).toEqual({ github: { asked: false } });
});
