import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/lib/clock.ts';
import { createResolver } from '../../src/sources/resolver.ts';
import { FakeClock } from '../support/fake-clock.ts';

const options = { timeoutMs: 5_000, signal: new AbortController().signal };

/** A resolver whose names are answered by hand. */
function byHand() {
  const clock = new FakeClock();
  const asked: string[] = [];
  const answers = new Map<string, PromiseWithResolvers<{ address: string; family: number }[]>>();
  const resolver = createResolver(clock, (name) => {
    asked.push(name);
    const answer = Promise.withResolvers<{ address: string; family: number }[]>();
    answers.set(name, answer);
    return answer.promise;
  });
  async function answer(name: string): Promise<void> {
    answers.get(name)?.resolve([{ address: '10.0.0.1', family: 4 }]);
    await clock.advance(0);
  }
  return { clock, resolver, asked, answer, answers };
}

describe('createResolver', () => {
  it.each([
    ['127.0.0.1', 4],
    ['::1', 6],
    ['fe80::1%eth0', 6],
  ])('asks nobody for %s', async (address, family) => {
    const { resolver, asked } = byHand();
    expect(await resolver.lookup(address, options)).toEqual({ address, family });
    expect(asked).toEqual([]);
  });

  it("takes the system's answer", async () => {
    expect((await createResolver(systemClock).lookup('localhost', options)).address).toMatch(/^(127\.|::1)/);
  });

  it('asks two names at a time, each once, and the next when one is answered', async () => {
    const { clock, resolver, asked, answer } = byHand();
    const found = ['a', 'b', 'a', 'c'].map((name) => resolver.lookup(name, options));
    await clock.advance(0);
    expect(asked).toEqual(['a', 'b']);
    await answer('a');
    expect(asked).toEqual(['a', 'b', 'c']);
    await answer('b');
    await answer('c');
    expect(await Promise.all(found)).toHaveLength(4);
  });

  it('gives up a name in time, and a name that waits behind dead ones as well', async () => {
    const { clock, resolver, asked, answer } = byHand();
    const found = ['a', 'b', 'c'].map((name) => resolver.lookup(name, options).catch((error: Error) => error.message));
    await clock.advance(5_000);
    expect(await Promise.all(found)).toEqual(
      ['a', 'b', 'c'].map((name) => `the lookup of ${name} did not answer within 5 s`),
    );
    expect(asked).toEqual(['a', 'b']);
    await answer('a');
    const next = resolver.lookup('d', options);
    await clock.advance(0);
    await answer('d');
    expect((await next).address).toBe('10.0.0.1');
  });

  it('asks anew after a failure', async () => {
    const { clock, resolver, answers, asked } = byHand();
    const first = resolver.lookup('a', options);
    await clock.advance(0);
    answers.get('a')?.reject(new Error('ENOTFOUND'));
    await expect(first).rejects.toThrow('ENOTFOUND');
    resolver.lookup('a', options).catch(() => undefined);
    await clock.advance(0);
    expect(asked).toEqual(['a', 'a']);
  });
});
