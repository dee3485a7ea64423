import { expect, it } from 'vitest';
import { createProcesses } from '../../src/server/processes.ts';
import { FakeClock } from '../support/fake-clock.ts';

const { signal } = new AbortController();

function setUp(top?: (name: string) => Promise<readonly string[] | undefined>) {
  const clock = new FakeClock();
  const asked: string[] = [];
  const docker = {
    top: async (name: string) => {
      asked.push(name);
      return top ? top(name) : [`answer ${asked.length}`];
    },
  };
  return { clock, asked, processes: createProcesses({ docker: () => docker, clock, signal }) };
}

it('is asked for when it is needed', async () => {
  const { asked, processes } = setUp();
  expect(await processes.of('one', signal)).toEqual(['answer 1']);
  expect(await processes.of('one', signal)).toEqual(['answer 2']);
  expect(asked).toEqual(['one', 'one']);
});

it('is there where it was asked for ahead, once', async () => {
  const { clock, processes } = setUp();
  processes.expect('one');
  processes.expect('one');
  await clock.advance(250);
  expect(await processes.of('one', signal)).toEqual(['answer 1']);
  expect(await processes.of('one', signal)).toEqual(['answer 2']);
});

it.each([
  ['is too old', 251, undefined],
  ['failed', 0, new Error('it hangs')],
])('is asked for again where the answer ahead %s', async (_, age, failure) => {
  let failures = failure ? [failure] : [];
  const { asked, clock, processes } = setUp(async (name) => {
    const [first] = failures;
    failures = [];
    if (first) throw first;
    return [`of ${name}`];
  });
  processes.expect('one');
  await clock.advance(age);
  expect(await processes.of('one', signal)).toEqual(['of one']);
  expect(asked).toEqual(['one', 'one']);
});

it('is not there of a container that is gone', async () => {
  const { processes } = setUp(async () => undefined);
  await expect(processes.of('one', signal)).rejects.toThrow('container one is gone');
});

it('is asked ahead for no more than sixteen at once, and what nobody came for makes room', async () => {
  const { asked, clock, processes } = setUp();
  for (let index = 0; index < 20; index++) processes.expect(`c${index}`);
  expect(asked).toHaveLength(16);
  await clock.advance(251);
  processes.expect('late');
  expect(asked.at(-1)).toBe('late');
});
