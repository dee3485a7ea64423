import { heldStories } from './held-stories.ts';
import { usual } from './support/files.ts';
import { byName, down, isDown } from './support/rules.ts';
import type { Story } from './support/story.ts';

/** Comes and goes faster than `for`, then stays. */
const flap: Story = {
  name: 'flap',
  targets: ['a'],
  rules: [down('flap-a', { for: '6s', annotations: { summary: '{{ $labels.target }} is {{ $value }}' } })],
  async act({ down, up, seconds, told }) {
    for (let round = 0; round < 3; round++) {
      down('a');
      await seconds(2.5);
      up('a');
      await seconds(3);
    }
    down('a');
    await told(1);
    up('a');
    await told(2);
  },
};

/** Goes and comes back within one group_interval: its receiver never hears that it went. */
const flicker: Story = {
  name: 'flicker',
  targets: ['a'],
  rules: [down('flicker-a')],
  routes: [{ receiver: 'team', group_interval: '14s' }],
  async act({ down, up, seconds, told }) {
    down('a');
    await told(1);
    up('a');
    await seconds(3);
    down('a');
    await seconds(20);
    up('a');
    await told(2);
  },
};

/** Ends before group_wait has passed: nobody is told. The second time it stays. */
const blip: Story = {
  name: 'blip',
  targets: ['a'],
  rules: [down('blip-a')],
  routes: [{ receiver: 'team', group_wait: '12s' }],
  async act({ down, up, seconds, told }) {
    down('a');
    await seconds(4);
    up('a');
    await seconds(20);
    down('a');
    await told(1);
    up('a');
    await told(2);
  },
};

/** The end is told late by `keep_firing_for`, and a return within it is no end. */
const late: Story = {
  name: 'late',
  targets: ['a'],
  rules: [down('late-a', { for: '2s', keep_firing_for: '8s' })],
  async act({ down, up, seconds, told }) {
    down('a');
    await told(1);
    up('a');
    await seconds(4);
    down('a');
    await seconds(12);
    up('a');
    await told(2);
  },
};

/** A group that others join, one by one, and leave. */
const growth: Story = {
  name: 'growth',
  targets: ['a', 'b', 'c'],
  rules: [
    { alert: 'Down', expr: 'probe_success{target=~"growth-.*"} == 0', annotations: { who: '{{ $labels.target }}' } },
  ],
  async act({ down, up, told }) {
    down('a');
    await told(1);
    down('b');
    await told(2);
    down('c');
    await told(3);
    up('a');
    await told(4);
    up('b', 'c');
    await told(5);
  },
};

/**
 * Said again, with the first flush after repeat_interval. That is no multiple of group_interval: with one, it is chance in
 * Alertmanager whether the flush at repeat_interval comes before or after the time that it noted.
 */
const repeated: Story = {
  name: 'repeated',
  targets: ['a'],
  rules: [down('repeated-a')],
  routes: [{ receiver: 'team', group_interval: '6s', repeat_interval: '15s' }],
  async act({ down, up, told }) {
    down('a');
    await told(3);
    up('a');
    await told(4);
  },
};

/** Muted now, outside of its time, and neither of the two. */
const muted: Story = {
  name: 'muted',
  targets: ['a'],
  rules: ['Muted', 'Inactive', 'Loud'].map((alert) => ({ alert, expr: isDown('muted-a') })),
  routes: [
    { ...byName, matchers: ['alertname="Muted"'], mute_time_intervals: ['always'] },
    { ...byName, matchers: ['alertname="Inactive"'], active_time_intervals: ['never'] },
    { ...byName, mute_time_intervals: ['never'], active_time_intervals: ['never', 'always'] },
  ],
  async act({ down, up, seconds, told }) {
    down('a');
    await told(1);
    await seconds(10);
    up('a');
    await told(2);
    await seconds(10);
  },
};

/** Two receivers by `continue`, of which one does not want to hear of ends. */
const continued: Story = {
  name: 'continued',
  targets: ['a', 'b'],
  rules: [down('continued-a', { labels: { severity: 'page' } }), down('continued-b')],
  routes: [
    { receiver: 'other', matchers: ['severity="page"'], continue: true },
    { receiver: 'team', group_by: ['target'] },
  ],
  async act({ down, up, seconds, told }) {
    down('a');
    await told(2);
    down('b');
    await told(3);
    up('a', 'b');
    await told(5);
    down('a');
    await told(7);
    await seconds(2);
  },
};

/** What is not there has the labels of the question. */
const absent: Story = {
  name: 'absent',
  targets: ['a'],
  rules: [{ alert: 'Gone', expr: 'absent(probe_success{target="absent-a"} == 1)', for: '2s' }],
  async act({ down, up, seconds, told }) {
    // Before its first scrape Prometheus misses everything: let Alertmanager forget that.
    await seconds(8);
    down('a');
    await told(1);
    up('a');
    await told(2);
  },
};

/** Two rules make a group of pending and firing ones, with the time that each asks for. */
const staggered: Story = {
  name: 'staggered',
  targets: ['a'],
  rules: [
    { alert: 'Soon', expr: isDown('staggered-a') },
    { alert: 'Later', expr: isDown('staggered-a'), for: '12s' },
  ],
  routes: [{ receiver: 'team', ...usual, group_by: ['...'] }],
  async act({ down, up, told }) {
    down('a');
    await told(2);
    up('a');
    await told(4);
  },
};

/** A recording rule, an alert on it, and one on that alert: each sees the one before it in the same evaluation. */
const chained: Story = {
  name: 'chained',
  targets: ['a'],
  rules: [
    { record: 'stories:down', expr: 'count by (story) (probe_success{target="chained-a"} == 0)' },
    { alert: 'Recorded', expr: 'stories:down > 0', for: '2s' },
    { alert: 'Alerted', expr: 'count by (alertname) (ALERTS{alertname="Recorded",alertstate="firing"}) > 0' },
  ],
  async act({ down, up, told }) {
    down('a');
    await told(1);
    up('a');
    await told(2);
  },
};

/** The receiver is away: what still holds is told once, when it is back and the next try comes. */
const away: Story = {
  name: 'away',
  targets: ['a', 'b'],
  rules: [down('away-a'), down('away-b')],
  limitMs: 16_000,
  async act({ deafen, down, up, seconds, told }) {
    deafen(true);
    down('a');
    await seconds(9);
    deafen(false);
    await told(1);
    deafen(true);
    down('b');
    await seconds(14);
    deafen(false);
    await told(2);
    up('a', 'b');
    await told(3);
  },
};

/** Fires and ends while the receiver is away. Alertmanager gives that up; here both are told. */
const missed: Story = {
  name: 'missed',
  targets: ['a'],
  rules: [down('missed-a')],
  onlyOurs: ['firing', 'resolved'],
  async act({ deafen, down, up, seconds }) {
    deafen(true);
    down('a');
    await seconds(9);
    up('a');
    await seconds(18);
    deafen(false);
    await seconds(35);
  },
};

export const steadyStories: readonly Story[] = [
  ...[flap, flicker, blip, late],
  ...heldStories,
  ...[growth, repeated, muted, continued, absent, staggered, chained, away, missed],
];
