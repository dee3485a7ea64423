import { array, assert, integer, property, subarray } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { circleOf, unreachableSamples } from '../../src/collectors/depends.ts';
import { probeMetrics } from '../../src/collectors/probe.ts';
import { sample } from '../../src/model/sample.ts';

/** `nas: switch, gateway` as a target with its dependencies. */
function targets(text: string) {
  return text.split('\n').map((line) => {
    const [name = '', others = ''] = line.split(':').map((part) => part.trim());
    return { name, dependsOn: others === '' ? [] : others.split(',').map((other) => other.trim()) };
  });
}

/** `nas icmp 0` as the result of a probe. */
function results(...lines: readonly string[]) {
  return lines.map((line) => {
    const [target = '', module = '', value] = line.split(' ');
    return sample(probeMetrics.success, { target, module, address: 'a' }, Number(value));
  });
}

const house = targets('gateway\nswitch: gateway\nnas: switch\nproxmox: switch\nother');

function causes(all: ReturnType<typeof targets>, ...lines: readonly string[]): readonly string[] {
  return unreachableSamples(all, results(...lines)).map(
    ({ labels }) => `${labels.target} because of ${labels.because}`,
  );
}

describe('unreachableSamples', () => {
  it.each([
    ['all answer', ['gateway icmp 1', 'switch icmp 1', 'nas icmp 1'], []],
    ['the first one is down', ['gateway icmp 0', 'switch icmp 0', 'nas icmp 0'], ['switch', 'nas']],
    ['one that answers is no cause, and is not marked', ['gateway icmp 0', 'switch icmp 1', 'nas icmp 0'], []],
    ['one probe that answers is enough', ['gateway icmp 0', 'gateway http 1', 'switch icmp 0'], []],
    ['a target that answers one probe is reached', ['gateway icmp 0', 'nas icmp 0', 'nas ssh 1'], []],
    ['what was not probed is looked through', ['gateway icmp 0', 'nas icmp 0', 'nas ssh 0'], ['nas']],
    ['what depends on nothing has no cause', ['gateway icmp 0', 'other icmp 0'], []],
    ['nothing was probed', [], []],
  ])('%s', (_, lines, behind) => {
    expect(causes(house, ...lines)).toEqual(behind.map((name) => `${name} because of gateway`));
  });

  it('names the cause that stands first among several', () => {
    const two = targets('a\nb\nnas: a, b');
    expect(causes(two, 'a icmp 0', 'b icmp 0', 'nas icmp 0')).toEqual(['nas because of a']);
    expect(causes(two, 'a icmp 1', 'b icmp 0', 'nas icmp 0')).toEqual(['nas because of b']);
  });

  it('gives each target one series at most, whose cause is down and has no cause itself', () => {
    const graph = array(array(integer({ min: 0, max: 30 }), { maxLength: 4 }), { minLength: 1, maxLength: 30 });
    assert(
      property(graph, subarray(Array.from({ length: 30 }, (_, index) => index)), (edges, downs) => {
        const all = edges.map((others, index) => ({
          name: `t${index}`,
          dependsOn: others.filter((other) => other < index).map((other) => `t${other}`),
        }));
        const found = unreachableSamples(
          all,
          results(...all.map(({ name }, at) => `${name} icmp ${downs.includes(at) ? 0 : 1}`)),
        );
        const marked = new Map(found.map(({ labels }) => [labels.target, labels.because]));
        expect(marked.size).toBe(found.length);
        for (const [target, because] of marked) {
          expect(downs).toContain(Number(target?.slice(1)));
          expect(downs).toContain(Number(because?.slice(1)));
          expect(marked.has(because)).toBe(false);
        }
      }),
    );
  });
});

describe('circleOf', () => {
  it.each([
    ['a\nb: a\nc: a, b', undefined],
    ['a: b\nb: a', ['a', 'b', 'a']],
    ['x: a\na: b\nb: c\nc: a', ['a', 'b', 'c', 'a']],
    ['a: nobody', undefined],
    ['a: a', ['a', 'a']],
  ])('of %j', (text, circle) => {
    expect(circleOf(targets(text))).toEqual(circle);
  });

  it('finds none in a chain as long as can be configured', () => {
    const chain = Array.from({ length: 5000 }, (_, index) => ({
      name: `t${index}`,
      dependsOn: index === 0 ? [] : [`t${index - 1}`],
    }));
    expect(circleOf(chain)).toBeUndefined();
    const down = results(...chain.map(({ name }) => `${name} icmp 0`));
    expect(unreachableSamples(chain.reverse(), down)).toHaveLength(4999);
  });
});
