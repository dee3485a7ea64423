import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRecent, linesOf, parseEvent } from '../../../src/sources/docker/events.ts';

const unhealthy = {
  status: 'health_status: unhealthy',
  id: '33844b47',
  Type: 'container',
  Action: 'health_status: unhealthy',
  Actor: {
    ID: '33844b47',
    Attributes: { 'runnerwatch.runner': 'builder-1', image: 'busybox:stable', name: 'runner-1' },
  },
  scope: 'local',
  time: 1795469242,
  timeNano: 1795469242019159600,
};

describe('parseEvent', () => {
  it('parts the action from its health, and the labels from what Docker adds', () => {
    expect(parseEvent(JSON.stringify(unhealthy))).toEqual({
      action: 'health_status',
      id: '33844b47',
      name: 'runner-1',
      at: expect.closeTo(1795469242019.16, 1),
      labels: { 'runnerwatch.runner': 'builder-1' },
      health: 'unhealthy',
      failed: undefined,
    });
  });

  it.each([
    ['0', false],
    ['1', true],
    // What Docker says of a check that took too long.
    ['', true],
  ])('tells whether a command with exit code "%s" failed', (exitCode, failed) => {
    const Actor = { ID: '1', Attributes: { exitCode, execID: '2', name: 'runner-1' } };
    expect(parseEvent(JSON.stringify({ ...unhealthy, Action: 'exec_die', Actor }))).toMatchObject({
      failed,
      labels: {},
    });
  });

  it('takes the seconds where there are no nanoseconds', () => {
    const { timeNano: _, ...event } = { ...unhealthy, Action: 'die' };
    expect(parseEvent(JSON.stringify(event))).toMatchObject({ action: 'die', at: 1795469242000, health: undefined });
  });

  it.each([
    ['no JSON', '{"Type":"container"'],
    ['of an image', JSON.stringify({ ...unhealthy, Type: 'image' })],
    ['without an actor', JSON.stringify({ ...unhealthy, Actor: undefined })],
    ['an array', '[]'],
  ])('gives nothing for a line that is %s', (_, line) => {
    expect(parseEvent(line)).toBeUndefined();
  });
});

describe('linesOf', () => {
  async function lines(chunks: readonly (string | Uint8Array)[], max = 10): Promise<(string | undefined)[]> {
    async function* bytes() {
      for (const chunk of chunks) yield typeof chunk === 'string' ? new TextEncoder().encode(chunk) : chunk;
    }
    const found: (string | undefined)[] = [];
    for await (const line of linesOf(bytes(), max)) found.push(line);
    return found;
  }

  it.each([
    ['two in one chunk', ['a\nb\n'], ['a', 'b']],
    ['one over three chunks', ['a', 'b', 'c\n'], ['abc']],
    ['an empty one', ['a\n\n\r\nb\n'], ['a', 'b']],
    ['one that is never ended', ['a\nb'], ['a']],
    ['a long one in one chunk', ['a\n12345678901\nb\n'], ['a', undefined, 'b']],
    ['a long one over many chunks', ['a\n123456', '78901', '2345678901234567890', '12\nb\n'], ['a', undefined, 'b']],
  ])('gives %s', async (_, chunks, expected) => {
    expect(await lines(chunks)).toEqual(expected);
  });

  it('gives the same lines however the bytes are cut', async () => {
    const cuts = fc.array(fc.nat(60), { maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.string({ unit: 'grapheme', maxLength: 8 })), cuts, async (texts, at) => {
        const whole = new TextEncoder().encode(texts.map((text) => `${text.replaceAll('\n', '')}\n`).join(''));
        const edges = [0, ...at.toSorted((a, b) => a - b), whole.length];
        const chunks = edges.slice(1).map((end, index) => whole.subarray(edges[index], end));
        expect(await lines(chunks, 1000)).toEqual(await lines([whole], 1000));
      }),
    );
  });

  it('joins a character that two chunks share', async () => {
    const [first, second] = [new Uint8Array([0xc3]), new Uint8Array([0xa9, 0x0a])];
    expect(await lines([first, second])).toEqual(['é']);
  });
});

describe('createRecent', () => {
  it('knows a key again, until it is the oldest of too many', () => {
    const recent = createRecent(2);
    expect([recent.add('a'), recent.add('a'), recent.add('b'), recent.add('c'), recent.add('a')]).toEqual([
      true,
      false,
      true,
      true,
      true,
    ]);
  });
});
