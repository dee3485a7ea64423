import { describe, expect, it } from 'vitest';
import { describedCollectors, ownFamilies } from '../../scripts/docs/families.ts';

const collected = Object.values(describedCollectors).flatMap(({ metrics }) => Object.values(metrics));
const all = [...ownFamilies(), ...collected];
const families = all.filter((family, index) => all.indexOf(family) === index);

/** Names that are the original's, and that break the rule which Prometheus made later. */
const inherited = new Set(['container_fs_inodes_total']);
const inheritedUnits = new Set(['node_entropy_available_bits', 'node_entropy_pool_size_bits']);

/** Base units only: seconds, bytes, ratios. */
const otherUnits =
  /_(percent|percentage|milliseconds|millis|ms|microseconds|us|minutes|hours|days|kb|kilobytes|mb|megabytes|bits)(_total)?$/;

it('a name stands for one family, which collectors may share', () => {
  const names = families.map(({ name }) => name);
  expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
});

describe.each(families.map((family) => [family.name, family] as const))('%s', (name, { type, help, labels }) => {
  it('is named as Prometheus asks', () => {
    // `<field>` stands for what the kernel names.
    expect(name).toMatch(/^[a-z][a-z0-9]*(_([a-zA-Z0-9]+|<field>))*$/);
    if (!inheritedUnits.has(name)) expect(name).not.toMatch(otherUnits);
  });

  it('ends with _total if, and only if, it is a counter', () => {
    if (inherited.has(name)) return expect(type).toBe('gauge');
    expect(name.endsWith('_total')).toBe(type === 'counter');
  });

  it('is explained in one sentence', () => {
    expect(help).toMatch(/^[A-Z].*\.$/);
  });

  it('has valid labels, each once, none of which Prometheus sets itself', () => {
    expect(new Set(labels).size).toBe(labels.length);
    for (const label of labels) expect(label).toMatch(/^(?!__|(job|instance|le|quantile)$)[a-z][a-z0-9_]*$/);
  });

  it('has no label that grows with every job or commit', () => {
    for (const label of labels) expect(label).not.toMatch(/^(run|job|workflow)_?id$|(^|_)sha$|commit/);
  });
});
