import { describe, expect, it } from 'vitest';
import { needs } from '../support/services.ts';
import { tell, verdictOn } from './support/play.ts';
import type { Rule, Story } from './support/story.ts';
import { openWorld, type World } from './support/world.ts';

/** An alert that Prometheus says no more ends at Alertmanager after four times this: here 20 s, usually four minutes. */
const resendDelaySeconds = 5;
const flags = [`--rules.alert.resend-delay=${resendDelaySeconds}s`];

function story(name: string, rule: Partial<Rule> = {}, more: Partial<Story> = {}): Story {
  const expr = `probe_success{target="${name}-a"} == 0`;
  return { name, targets: ['a'], rules: [{ alert: 'Down', expr, ...rule }], ...more };
}

/**
 * Its rule gets another label while it fires. With Prometheus the old alert ends when nobody has said it for a while;
 * Runnerwatch knows that its rule is gone, and ends it at once.
 */
const renamed = (severity: string): Story =>
  story(
    'renamed',
    { labels: { severity } },
    { routes: [{ receiver: 'team', group_by: ['severity'] }], limitMs: 4 * resendDelaySeconds * 1000 + 12_000 },
  );
/** Its rule asks for less time while it is pending. */
const shortened = (wait: string): Story => story('shortened', { for: wait });
/** Pending while the rules are read anew. */
const ripening = story('ripening', { for: '12s' });
/** Nothing about it changes. */
const kept = story('kept');
/** Another receiver takes it over while it fires. */
const rerouted = (receiver: string): Story => story('rerouted', {}, { routes: [{ receiver }] });
/** Its group is asked more often from then on. */
const hurried = (interval: string): Story =>
  story('hurried', {}, { routes: [{ receiver: 'team', group_interval: interval }] });
/** In its `for`, in its group_wait, and told, when all are suspended. A scrape that was cut off is no end. */
const last = { expr: 'last_over_time(probe_success{target="paused-a"}[30s]) == 0' };
const paused: Story = story('paused', last, {
  rules: [
    { alert: 'Told', ...last },
    { alert: 'Pending', ...last, for: '12s' },
  ],
  routes: [{ receiver: 'team', group_by: ['alertname'] }],
});

const before = [renamed('warning'), shortened('10m'), ripening, kept, rerouted('team'), hurried('1h'), paused];
const withRules = [renamed('page'), shortened('2s'), ripening, kept, rerouted('team'), hurried('1h'), paused];
const withRoutes = [renamed('page'), shortened('2s'), ripening, kept, rerouted('other'), hurried('6s'), paused];

async function reload(...urls: readonly string[]): Promise<void> {
  const answers = await Promise.all(urls.map((url) => fetch(`${url}/-/reload`, { method: 'POST' })));
  expect(answers.map(({ status }) => status)).toEqual(urls.map(() => 200));
}

/** As a machine is that sleeps, but for its clock, which goes on. */
async function suspend({ prometheus, alertmanager, runnerwatch }: World, pause: () => Promise<void>): Promise<void> {
  const all = [prometheus, alertmanager, runnerwatch];
  for (const each of all) each.signal('SIGSTOP');
  await pause();
  for (const each of all) each.signal('SIGCONT');
}

const isMissing = [needs('prometheus'), needs('alertmanager')].some(Boolean);

describe.skipIf(isMissing)('changes beside a real Prometheus and Alertmanager', () => {
  it('are told the same: files read anew, and a machine that slept', { timeout: 300_000 }, async () => {
    await using world = await openWorld(before, { flags, exporter: 'other' });
    const { prometheus, alertmanager, runnerwatch } = world;
    const on = (name: string) => world.stage(before.find((each) => each.name === name) ?? expect.fail(name));

    for (const name of ['renamed', 'shortened', 'kept', 'rerouted', 'hurried']) on(name).down('a');
    await Promise.all(['renamed', 'kept', 'rerouted', 'hurried'].map((name) => on(name).told(1)));
    on('ripening').down('a');
    await on('ripening').seconds(6);
    world.write(withRules);
    await reload(prometheus.url, runnerwatch.url);
    await Promise.all([on('shortened').told(1), on('ripening').told(1), on('renamed').told(3)]);

    world.write(withRoutes);
    await reload(alertmanager.url, runnerwatch.url);
    await on('rerouted').told(2);
    on('hurried').up('a');
    await on('hurried').told(2);

    on('paused').down('a');
    await on('paused').seconds(6);
    await suspend(world, () => on('paused').seconds(8));
    await on('paused').told(2);

    for (const { name } of before) on(name).up('a');
    await Promise.all([on('paused').told(4), on('kept').told(2), on('renamed').told(4), on('ripening').told(2)]);
    await on('paused').seconds(12);
    expect(tell(before.map((each) => verdictOn(world, each)))).toEqual([]);
  });
});
