import { expect, it } from 'vitest';
import { createProcesses } from '../../src/server/processes.ts';
import { FakeClock } from '../support/fake-clock.ts';

const { signal } = new AbortController();

function setUp(top?: () => Promise<readonly string[] | undefined>) {
  const clock = new FakeClock();
  const asked: string[] = [];
  const docker = {
    top: async (name: string) => {
      asked.push(name);
      return top ? top() : [`answer ${asked.length}`];
    },
  };
  return { clock, asked, processes: createProcesses({ docker: () => docker, clock, signal }) };
}

it('are there where they were asked for ahead, once, with the time', async () => {
  const { asked, clock, processes } = setUp();
  expect(processes.expected('one')).toBeUndefined();
  const at = clock.monotonic();
  processes.expect('one');
  processes.expect('one');
  await clock.advance(250);
  const early = processes.expected('one');
  expect([early?.at, await early?.answer]).toEqual([at, ['answer 1']]);
  expect(processes.expected('one')).toBeUndefined();
  expect(asked).toEqual(['one']);
});

it('are not there any more after a while', async () => {
  const { clock, processes } = setUp();
  processes.expect('one');
  await clock.advance(251);
  expect(processes.expected('one')).toBeUndefined();
});

it('have no answer where Docker has none', async () => {
  const { processes } = setUp(() => Promise.reject(new Error('it hangs')));
  processes.expect('one');
  expect(await processes.expected('one')?.answer).toBeUndefined();
});

it('are asked ahead for no more than sixteen at once, and what nobody came for makes room', async () => {
  const { asked, clock, processes } = setUp();
  for (let index = 0; index < 20; index++) processes.expect(`c${index}`);
  expect(asked).toHaveLength(16);
  await clock.advance(251);
  processes.expect('late');
  expect(asked.at(-1)).toBe('late');
});
