import { describe, expect, it } from 'vitest';
import { type PageView, reachOf } from '../../src/collectors/github/pipelines-reach.ts';
import { dayMs, minuteMs, workflowRun } from '../support/github-runs.ts';

const now = 1_000 * dayMs;
const hourMs = 60 * minuteMs;
const madeAt = (createdAt: number) => workflowRun(createdAt + minuteMs, { createdAt });
/** A full page of the last day, of which ten are new, read a minute ago: nothing is missing. */
const usual: PageView = {
  page: { runs: Array.from({ length: 100 }, (_, index) => madeAt(now - (index / 99) * dayMs)), more: true },
  fresh: 10,
  ...{ now, readAt: now - minuteMs, sweptAt: now - minuteMs, reachMs: 7 * dayMs },
  ...{ owed: undefined, wantedFrom: undefined, lost: [] },
};

describe('how far back is read', () => {
  it.each<[string, Partial<PageView>, { from: number; maxPages: number } | undefined]>([
    ['not at all, as nothing is missing', {}, undefined],
    ['not at all, as the page is all there is', { wantedFrom: 0, page: { ...usual.page, more: false } }, undefined],
    ['as far as deployments want', { wantedFrom: now - 30 * dayMs }, { from: now - 30 * dayMs, maxPages: 10 }],
    ['not at all, as the page has it', { wantedFrom: now - 1 * dayMs }, undefined],
    [
      'to the last look and the runs that began before it',
      { fresh: 100 },
      { from: now - minuteMs - 3 * dayMs, maxPages: 5 },
    ],
    [
      'after a long outage only as far as it matters',
      { fresh: 100, readAt: now - 60 * dayMs },
      { from: now - 10 * dayMs, maxPages: 5 },
    ],
    [
      'not at all, as nothing was missed before the first look',
      { fresh: 100, readAt: undefined, sweptAt: undefined },
      undefined,
    ],
    [
      'to the oldest of the runs that vanished',
      { lost: [madeAt(now - 2 * dayMs), madeAt(now - 5 * dayMs)] },
      { from: now - 5 * dayMs, maxPages: 10 },
    ],
    ['not at all, as a run that vanished would be on the page', { lost: [madeAt(now - hourMs)] }, undefined],
    ['three days each hour', { sweptAt: now - hourMs }, { from: now - 3 * dayMs, maxPages: 5 }],
    ['three days after a start', { sweptAt: undefined }, { from: now - 3 * dayMs, maxPages: 5 }],
    ['as far as was owed', { owed: { from: 7, maxPages: 2 } }, { from: 7, maxPages: 2 }],
    [
      'as far as the furthest wants',
      { owed: { from: 7, maxPages: 2 }, wantedFrom: now - 30 * dayMs },
      { from: 7, maxPages: 10 },
    ],
  ])('%s', (_, over, expected) => {
    expect(reachOf({ ...usual, ...over })).toEqual(expected);
  });
});
