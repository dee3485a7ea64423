import { expect, it } from 'vitest';
import type { Log } from '../../src/lib/log.ts';
import { createNews } from '../../src/server/news.ts';
import { FakeClock } from '../support/fake-clock.ts';

function house(show?: () => void) {
  const clock = new FakeClock();
  const stopping = new AbortController();
  const shown: string[] = [];
  const errors: object[] = [];
  const evaluations: PromiseWithResolvers<void>[] = [];
  const news = createNews({
    collecting: {
      show: (name) => {
        shown.push(name);
        show?.();
      },
    },
    engine: () => ({
      evaluateNow: () => {
        const evaluation = Promise.withResolvers<void>();
        evaluations.push(evaluation);
        return evaluation.promise;
      },
    }),
    clock,
    log: { error: (fields: object) => errors.push(fields) } as unknown as Log,
    signal: stopping.signal,
  });
  return { clock, stopping, shown, errors, evaluations, news };
}

it('is shown and evaluated at once', () => {
  const { news, shown, evaluations } = house();
  news.tell('github-queue');
  expect([shown, evaluations.length]).toEqual([['github-queue'], 1]);
});

it('that comes meanwhile is shown together, a tenth of a second later', async () => {
  const { news, shown, clock } = house();
  for (let times = 0; times < 200; times++) news.tell('github-queue');
  news.tell('github-pipelines');
  await clock.advance(99);
  expect(shown).toEqual(['github-queue']);
  await clock.advance(1);
  expect(shown).toEqual(['github-queue', 'github-queue', 'github-pipelines']);
  await clock.advance(1000);
  expect(shown).toHaveLength(3);
});

it('is shown though the rules take long, and evaluated once more after them', async () => {
  const { news, shown, evaluations, clock } = house();
  news.tell('github-queue');
  await clock.advance(100);
  news.tell('github-queue');
  await clock.advance(100);
  news.tell('github-queue');
  expect([shown.length, evaluations.length]).toEqual([3, 1]);
  evaluations[0]?.resolve();
  await clock.advance(0);
  expect(evaluations).toHaveLength(2);
});

it('that cannot be shown or evaluated is told, and the next one is tried', async () => {
  let broken = true;
  const { news, shown, errors, evaluations, clock } = house(() => {
    if (broken) throw new Error('disk full');
  });
  news.tell('github-queue');
  await clock.advance(100);
  broken = false;
  news.tell('github-queue');
  evaluations[0]?.reject(new Error('no rule'));
  await clock.advance(0);
  expect(errors).toEqual([{ reason: 'disk full' }, { reason: 'no rule' }]);
  expect(shown).toEqual(['github-queue', 'github-queue']);
});

it('is not shown by a configuration that has ended', async () => {
  const { news, shown, evaluations, stopping, clock } = house();
  news.tell('github-queue');
  news.tell('github-queue');
  stopping.abort();
  news.tell('github-pipelines');
  await clock.advance(1000);
  expect([shown, evaluations.length]).toEqual([['github-queue'], 1]);
});

it('has ended when what was under way has, and begins nothing more', async () => {
  const { news, evaluations, stopping, clock } = house();
  news.tell('github-queue');
  news.tell('github-queue');
  stopping.abort();
  let ended = false;
  const end = news.end().then(() => {
    ended = true;
  });
  await clock.advance(1000);
  expect([ended, evaluations.length]).toEqual([false, 1]);
  evaluations[0]?.resolve();
  await end;
  expect(evaluations).toHaveLength(1);
});
