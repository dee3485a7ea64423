import { describe, expect, it } from 'vitest';
import { needs } from '../support/services.ts';
import { steadyStories } from './steady-stories.ts';
import { play, tell } from './support/play.ts';
import type { Story } from './support/story.ts';
import { openWorld } from './support/world.ts';

const isMissing = [needs('prometheus'), needs('alertmanager')].some(Boolean);

describe.skipIf(isMissing)('stories beside a real Prometheus and Alertmanager', () => {
  it.concurrent('are told the same, in the same order and time', { timeout: 240_000 }, async () => {
    await using world = await openWorld(steadyStories);
    expect(tell(await play(world, steadyStories))).toEqual([]);
  });

  it.concurrent('are seen to differ where the two have other rules', { timeout: 120_000 }, async () => {
    const [late, named] = [story('late', { for: '1s' }), story('named', { for: '2s' })];
    const ourStories = [story('late', { for: '10s' }), story('named', { for: '2s', labels: { severity: 'page' } })];
    await using world = await openWorld([late, named], { ourStories });
    const [first, second] = await play(world, [late, named]);
    expect(first?.differences).toEqual([expect.stringMatching(/#1 came \d+\.\d s after theirs, expected at most 4 s/)]);
    expect(second?.differences).toEqual([expect.stringMatching(/#1\n {2}theirs .*\n {2}ours .* severity=page /)]);
  });
});

function story(name: string, rule: object): Story {
  return {
    name,
    targets: ['a'],
    rules: [{ alert: 'Down', expr: `probe_success{target="${name}-a"} == 0`, ...rule }],
    async act({ down, told }) {
      down('a');
      await told(1);
    },
  };
}
