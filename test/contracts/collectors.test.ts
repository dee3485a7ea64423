import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { describedCollectors } from '../../scripts/docs/families.ts';

const folder = join(import.meta.dirname, '../../src/collectors');

it('there are collectors', () => {
  expect(Object.keys(describedCollectors)).not.toEqual([]);
});

describe.each(Object.entries(describedCollectors))('collector %s', (key, collector) => {
  it('has one name: the config key, the file, the label', () => {
    expect(collector.name).toBe(key);
    expect(key).toMatch(/^[a-z]+(-[a-z]+)*$/);
    expect(existsSync(join(folder, `${key}.ts`))).toBe(true);
  });

  it('says in one sentence what it measures', () => {
    expect(collector.help).toMatch(/^[A-Z][^.]*\.$/);
  });

  it('works without any setting', () => {
    const config = collector.config.parse({});
    expect(config.enabled).toBe(true);
    expect(config.timeout).toBeGreaterThan(0);
    // Prometheus gives up a scrape after 10 s by default; a round over many targets may take longer.
    expect(config.timeout).toBeLessThanOrEqual(collector.schedule === 'scrape' ? 10_000 : 120_000);
    expect(typeof config.interval).toBe(collector.schedule === 'interval' ? 'number' : 'undefined');
  });

  it('refuses a setting that it does not know', () => {
    expect(collector.config.safeParse({ intervall: '1m' }).success).toBe(false);
  });

  it('declares what it may emit, each family once', () => {
    const names = Object.values(collector.metrics).map(({ name }) => name);
    expect(names).not.toEqual([]);
    expect(names).toHaveLength(new Set(names).size);
  });
});
