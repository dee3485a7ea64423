import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { root } from '../support/tree.ts';
import { factor, shortened, shortRouting, shortRules } from './shorten.ts';

const waits = /^(for|keep_firing_for|group_wait|group_interval|repeat_interval|resolve_timeout)$/;

/** Every leaf by its path, such as `groups.0.rules.3.expr`. */
function leaves(value: unknown, path = ''): ReadonlyMap<string, unknown> {
  if (typeof value !== 'object' || value === null) return new Map([[path, value]]);
  return new Map(Object.entries(value).flatMap(([key, inner]) => [...leaves(inner, `${path}.${key}`)]));
}

function changed(shipped: unknown, short: unknown): readonly string[] {
  const [before, after] = [leaves(shipped), leaves(short)];
  expect([...after.keys()]).toEqual([...before.keys()]);
  return [...before.keys()].filter((path) => before.get(path) !== after.get(path));
}

describe('the shortened files', () => {
  it('divides durations', () => {
    expect(shortened('2m')).toBe(`${120_000 / factor}ms`);
    expect(shortened('1h30m', 1)).toBe('5400000ms');
    expect(shortened('0s')).toBe('0ms');
    expect(() => shortened('soon')).toThrow('soon is no duration');
  });

  it('differ from the shipped rules in nothing but their waits', () => {
    const short = shortRules();
    expect(Object.keys(short).length).toBeGreaterThan(5);
    for (const [name, text] of Object.entries(short)) {
      const shipped = parse(readFileSync(join(root, 'prometheus/rules', name), 'utf8'));
      const keys = changed(shipped, parse(text)).map((path) => path.split('.').at(-1));
      expect(keys.filter((key = '') => !waits.test(key))).toEqual([]);
    }
    expect(short['runners.rules.yml']).toContain(`for: ${shortened('5m')}`);
  });

  it('differ from the shipped routing in their waits and their two receivers', () => {
    const addresses = { webhook: 'http://sink/', recovery: 'http://here/', tokenFile: '/token' };
    const { receivers, ...short } = parse(shortRouting(addresses));
    const { receivers: shippedReceivers, ...shipped } = parse(
      readFileSync(join(root, 'prometheus/alertmanager.yml'), 'utf8'),
    );
    const keys = changed(shipped, short).map((path) => path.split('.').at(-1));
    expect(keys.length).toBeGreaterThan(5);
    expect(keys.filter((key = '') => !waits.test(key))).toEqual([]);
    expect(receivers.map(({ name }: { readonly name: string }) => name)).toEqual(
      shippedReceivers.map(({ name }: { readonly name: string }) => name),
    );
    expect(receivers).toMatchObject([
      { webhook_configs: [{ url: 'http://sink/', send_resolved: true }] },
      { webhook_configs: [{ url: 'http://here/', http_config: { authorization: { credentials_file: '/token' } } }] },
      {},
    ]);
  });
});
