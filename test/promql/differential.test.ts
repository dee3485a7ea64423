import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startPrometheus } from '../support/processes.ts';
import { needs } from '../support/services.ts';
import { generated } from './generated.ts';
import { handPicked, refused } from './hand-picked.ts';
import { difference, intervalMs, ours, theirs } from './judge.ts';
import { load } from './load.ts';
import { remoteWrite } from './remote-write.ts';
import { epochMs, universe, written } from './universe.ts';

/** In the middle of the data, at its last point, and after it, where some series are stale and some only old. */
const instants = [437, 1200, 1385].map((seconds) => epochMs + seconds * 1000);
const atOnce = 16;
const configText = `global: { evaluation_interval: ${intervalMs / 1000}s }\n`;

describe.skipIf(needs('prometheus'))('the engine beside a Prometheus with the same samples', () => {
  const history = load(universe, epochMs);
  let prometheus: Awaited<ReturnType<typeof startPrometheus>> | undefined;
  beforeAll(async () => {
    const args = ['--web.enable-remote-write-receiver', '--storage.tsdb.retention.time=100y'];
    prometheus = await startPrometheus({ configText, args });
    await remoteWrite(prometheus.url, written(universe, epochMs));
  });
  afterAll(() => prometheus?.[Symbol.asyncDispose]());

  /** What the two differ in, a text each; the engine is asked `later` by so much. */
  async function differences(texts: readonly string[], later = 0): Promise<readonly string[]> {
    const url = prometheus?.url ?? '';
    const asked = texts.flatMap((text) => instants.map((at) => ({ text, at })));
    const found: string[] = [];
    let next = 0;
    async function ask(): Promise<void> {
      for (let one = asked[next++]; one; one = asked[next++]) {
        const { text, at } = one;
        const differs = difference(ours(history, text, at + later), await theirs(url, text, at));
        if (differs !== undefined) found.push(`${text} at ${at}\n  ${differs}`);
      }
    }
    await Promise.all(Array.from({ length: atOnce }, ask));
    return found;
  }

  it('sees a difference', async () => {
    const found = await differences(['time()', 'rate(slope[1m])', 'ended', 'topk(NaN, limit)'], 60_000);
    expect(found.map((text) => text.split('000\n')[0]).sort()).toEqual([
      'ended at 1700000444',
      'rate(slope[1m]) at 1700000444',
      'rate(slope[1m]) at 1700001207',
      'time() at 1700000444',
      'time() at 1700001207',
      'time() at 1700001392',
    ]);
  });

  it('has the same values, labels, errors and annotations', { timeout: 60_000 }, async () => {
    const texts = [...new Set([...handPicked, ...generated(1500)])];
    const found = await differences(texts);
    const asked = texts.length * instants.length;
    process.stdout.write(`agreement: ${asked - found.length} of ${asked}, of ${texts.length} expressions\n`);
    expect(texts.length).toBeGreaterThan(2000);
    expect(found.slice(0, 10)).toEqual([]);
  });

  it('refuses the same expressions', async () => {
    expect(await differences(refused)).toEqual([]);
    expect(refused.filter((text) => ours(history, text, epochMs).error !== 'refused')).toEqual([]);
  });
});
