import { describe, expect, it } from 'vitest';
import { needs } from '../support/services.ts';
import { tell, verdictOn } from './support/play.ts';
import type { Rule, Story } from './support/story.ts';
import { openWorld, type World } from './support/world.ts';

/**
 * Prometheus finds its targets and its Alertmanager five seconds after each start: group_wait is longer than that. An
 * end that one side tells a flush later is group_interval late: that is well below the limit.
 * Prometheus' grace is off: with it a `for` below ten minutes begins anew after a restart, as docs/alertmanager.md lists.
 */
const groupWaitMs = 10_000;
const routes = [{ receiver: 'team', group_wait: '10s', group_interval: '6s' }];
const flags = ['--rules.alert.for-grace-period=0s', '--rules.alert.resend-delay=3s'];

function story(name: string, rule: Partial<Rule>, targets: readonly string[] = ['a']): Story {
  const expr = `probe_success{target=~"${name}-.*"} == 0`;
  return { name, targets, rules: [{ alert: 'Down', expr, ...rule }], routes, limitMs: groupWaitMs };
}

/** Told before the restarts, joined by another after them. */
const firing = story('firing', {}, ['a', 'b']);
/** In the middle of its `for` when both are ended, and when both are killed. */
const ended = story('ended', { for: '14s' });
const killed = story('killed', { for: '14s' });
/** In the middle of its group_wait when Alertmanager ends. */
const waiting = story('waiting', {});
const stories = [firing, ended, killed, waiting];

type Side = 'all' | 'routing';

/**
 * Runnerwatch is both of the others at once. Alertmanager always ends in peace: it writes what it told only then, and
 * after a kill would tell all of it again.
 */
async function restart(
  { prometheus, alertmanager, runnerwatch }: World,
  side: Side,
  signal: NodeJS.Signals,
): Promise<void> {
  const others = side === 'all' ? [prometheus, runnerwatch] : [runnerwatch];
  await Promise.all([alertmanager.stop('SIGTERM'), ...others.map((each) => each.stop(signal))]);
  await Promise.all([alertmanager.start(), ...others.map((each) => each.start())]);
}

const isMissing = [needs('prometheus'), needs('alertmanager')].some(Boolean);

describe.skipIf(isMissing)('restarts beside a real Prometheus and Alertmanager', () => {
  it('lose nothing and tell nothing twice', { timeout: 300_000 }, async () => {
    await using world = await openWorld(stories, { flags, exporter: 'other' });
    const stage = new Map(stories.map((each) => [each, world.stage(each)]));
    const on = (each: Story) => stage.get(each) ?? expect.fail('no such story');

    on(firing).down('a');
    await on(firing).told(1);
    on(ended).down('a');
    await on(ended).seconds(8);
    await restart(world, 'all', 'SIGTERM');
    await on(ended).told(1);

    on(killed).down('a');
    await on(killed).seconds(8);
    await restart(world, 'all', 'SIGKILL');
    await on(killed).told(1);

    on(waiting).down('a');
    await on(waiting).seconds(5);
    await restart(world, 'routing', 'SIGTERM');
    on(firing).down('b');
    await Promise.all([on(waiting).told(1), on(firing).told(2)]);

    for (const each of stories) on(each).up(...each.targets);
    await Promise.all([on(firing).told(3), ...[ended, killed, waiting].map((each) => on(each).told(2))]);
    await on(firing).seconds(15);
    expect(tell(stories.map((each) => verdictOn(world, each)))).toEqual([]);
  });
});
