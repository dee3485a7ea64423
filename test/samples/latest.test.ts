import { describe, expect, it } from 'vitest';
import { gauge, type Sample, sample } from '../../src/model/sample.ts';
import { createLatest } from '../../src/samples/latest.ts';

const online = gauge('github_runner_online', 'Online.', ['runner']);
const busy = gauge('github_runner_busy', 'Busy.', ['runner']);
const on = (runner: string, value = 1): Sample => sample(online, { runner }, value);

describe('createLatest', () => {
  it('replaces the whole picture of one source and leaves the others', () => {
    const latest = createLatest();
    latest.replace('github', [on('a'), on('b')]);
    latest.replace('host', [sample(busy, { runner: 'x' }, 0)]);
    latest.replace('github', [on('b', 0)]);
    expect(latest.of('github')).toEqual([on('b', 0)]);
    expect(latest.all()).toEqual([on('b', 0), sample(busy, { runner: 'x' }, 0)]);
  });

  it('forgets a source', () => {
    const latest = createLatest();
    latest.replace('github', [on('a')]);
    latest.forget('github');
    expect(latest.all()).toEqual([]);
    expect(latest.of('github')).toEqual([]);
  });

  it.each([
    ['on the first picture', []],
    ['when the order stays', [on('a'), on('b')]],
    ['when the order changes', [on('b'), on('c'), on('a')]],
  ])('keeps the first of equal label sets and counts the rest, %s', (_, before) => {
    const latest = createLatest();
    latest.replace('github', before);
    const report = latest.replace('github', [on('a', 1), on('a', 2), on('b', 3), on('a', 4)]);
    expect(report).toEqual({ duplicates: 2 });
    expect(latest.of('github')).toEqual([on('a', 1), on('b', 3)]);
  });

  it('takes equal labels in another order of keys, and of another family, for what they are', () => {
    const pair = gauge('pair', 'Pair.', ['a', 'b']);
    const latest = createLatest();
    expect(latest.replace('x', [sample(pair, { a: '1', b: '2' }, 1), sample(pair, { b: '2', a: '1' }, 2)])).toEqual({
      duplicates: 1,
    });
    expect(latest.replace('y', [on('a'), sample(busy, { runner: 'a' }, 1)])).toEqual({ duplicates: 0 });
  });

  it("lets the first source's series stay where two say the same", () => {
    const latest = createLatest();
    latest.replace('one', [on('a', 1), on('b', 1)]);
    latest.replace('two', [on('a', 2), on('c', 2)]);
    expect(latest.all()).toEqual([on('a', 1), on('b', 1), on('c', 2)]);
  });

  it('hands out the same label object for a series that stays, though others come and go', () => {
    const latest = createLatest();
    latest.replace('github', [on('a'), on('b'), on('c')]);
    const before = latest.of('github');
    latest.replace('github', [on('new'), on('a', 5), on('c', 6)]);
    const after = latest.of('github');
    expect(after.map(({ value }) => value)).toEqual([1, 5, 6]);
    expect(after[1]?.labels).toBe(before[0]?.labels);
    expect(after[2]?.labels).toBe(before[2]?.labels);
  });

  it('gives every series its own label object, though a collector shares one between families', () => {
    const labels = { runner: 'a' };
    const latest = createLatest();
    latest.replace('github', [sample(online, labels, 1), sample(busy, labels, 0)]);
    const [first, second] = latest.all();
    expect(first?.labels).not.toBe(second?.labels);
  });
});
