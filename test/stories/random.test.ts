import { describe, expect, it } from 'vitest';
import { needs } from '../support/services.ts';
import { play, tell } from './support/play.ts';
import { numbers, seed } from './support/seed.ts';
import type { Story } from './support/story.ts';
import { openWorld } from './support/world.ts';

const targets = ['a', 'b', 'c', 'd'];
const rounds = 7;
const groupIntervalSeconds = 4;
/** Long enough that both sides have seen what happened, and flushed, before more happens. */
const roundSeconds = groupIntervalSeconds + 5;
const routes = [{ receiver: 'team', group_wait: '2s', group_interval: `${groupIntervalSeconds}s` }];

/**
 * One group of four targets, of which some go or some come back in each round. Not both at once: `for` puts the two apart,
 * and then it is chance whether a flush falls between them.
 */
function course(name: string, rule: object, index: number): Story {
  const random = numbers(seed + index);
  return {
    name,
    targets,
    rules: [{ alert: 'Down', expr: `probe_success{target=~"${name}-.*"} == 0`, ...rule }],
    routes,
    // What happens beside a flush of one side is told by it one group_interval later.
    limitMs: (groupIntervalSeconds + 4) * 1000,
    async act({ down, up, seconds }) {
      const gone = new Set<string>();
      for (let round = 0; round < rounds; round++) {
        const goes = gone.size === 0 || (gone.size < targets.length && random() < 0.5);
        const chosen = targets.filter((target) => gone.has(target) !== goes && random() < 0.6);
        if (goes) down(...chosen);
        else up(...chosen);
        for (const target of chosen)
          if (goes) gone.add(target);
          else gone.delete(target);
        await seconds(roundSeconds);
      }
    },
  };
}

const stories = [
  course('plain', {}, 0),
  course('patient', { for: '2s' }, 1),
  course('kept', { keep_firing_for: '2s' }, 2),
  course('both', { for: '1s', keep_firing_for: '1s' }, 3),
  course(
    'several',
    { labels: { severity: '{{ if eq $labels.target "several-a" }}page{{ else }}warning{{ end }}' } },
    4,
  ),
];

const isMissing = [needs('prometheus'), needs('alertmanager')].some(Boolean);

describe.skipIf(isMissing)('random courses beside a real Prometheus and Alertmanager', () => {
  it('are told the same over twenty targets', { timeout: 180_000 }, async () => {
    process.stdout.write(`RUNNERWATCH_STORIES_SEED=${seed}\n`);
    await using world = await openWorld(stories);
    const verdicts = await play(world, stories);
    expect(tell(verdicts)).toEqual([]);
    expect(verdicts.reduce((sum, { notifications }) => sum + notifications, 0)).toBeGreaterThan(10);
  });
});
