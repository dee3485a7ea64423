import { compare, tableOf, type Verdict } from './compare.ts';
import { groupWaitMs } from './files.ts';
import type { Story } from './story.ts';
import type { World } from './world.ts';

/** What the two sides may be apart: one group_wait. */
const usualLimitMs = groupWaitMs;

/** Plays the stories at the same time; a story that goes wrong ends alone, and says so among its differences. */
export async function play(world: World, stories: readonly Story[]): Promise<readonly Verdict[]> {
  const ends = await Promise.allSettled(stories.map((story) => story.act?.(world.stage(story))));
  return stories.map((story, index) => {
    const end = ends[index];
    const verdict = verdictOn(world, story);
    const failed = end?.status === 'rejected' ? [String(end.reason)] : [];
    return { ...verdict, differences: [...failed, ...verdict.differences] };
  });
}

export function verdictOn({ theirs, ours }: Pick<World, 'theirs' | 'ours'>, story: Story): Verdict {
  const { name, onlyOurs = [], limitMs = usualLimitMs } = story;
  const all = ours.of(name);
  const shared = all.length - onlyOurs.length;
  const verdict = compare(name, theirs.of(name), { ours: all.slice(0, shared), limitMs });
  const unlisted = all.slice(shared).filter(({ said }, index) => !said.startsWith(`${onlyOurs[index]} `));
  return { ...verdict, differences: [...verdict.differences, ...unlisted.map(({ said }) => `only ours: ${said}`)] };
}

/** Shows the table to whoever reads the output, and gives each difference with its story. */
export function tell(verdicts: readonly Verdict[]): readonly string[] {
  process.stdout.write(`${tableOf(verdicts)}\n`);
  return verdicts.flatMap(({ story, differences }) => differences.map((each) => `${story}: ${each}`));
}
