import { byName, down, isDown } from './support/rules.ts';
import type { Story } from './support/story.ts';

/** Silenced before it fires, told when the silence ends. */
const silenced: Story = {
  name: 'silenced',
  targets: ['a', 'b'],
  rules: [down('silenced-a'), down('silenced-b')],
  async act({ down, up, seconds, told, silence }) {
    const end = await silence('a');
    down('a');
    await seconds(10);
    down('b');
    await told(1);
    await end();
    await told(2);
    up('a', 'b');
    await told(3);
  },
};

/** Silenced while it fires, and the silence ends while it still does: nothing is told of either. */
const hushed: Story = {
  name: 'hushed',
  targets: ['a'],
  rules: [down('hushed-a')],
  async act({ down, up, seconds, told, silence }) {
    down('a');
    await told(1);
    const end = await silence('a');
    await seconds(12);
    await end();
    await seconds(12);
    up('a');
    await told(2);
  },
};

/** Resolved while it is silenced: the one difference that is meant. Alertmanager leaves its receiver with a fire. */
const buried: Story = {
  name: 'buried',
  targets: ['a'],
  rules: [down('buried-a')],
  onlyOurs: ['resolved'],
  async act({ down, up, seconds, told, silence }) {
    down('a');
    await told(1);
    await silence('a');
    up('a');
    await seconds(16);
  },
};

function inhibits(story: string, source = 'Source', target = 'Target') {
  const of = (name: string): readonly string[] => [`story="${story}"`, `alertname="${name}"`];
  return [{ source_matchers: of(source), target_matchers: of(target), equal: ['site'] }];
}

/** The source comes first; the target is told when the source has ended. */
const inhibited: Story = {
  name: 'inhibited',
  targets: ['s', 't'],
  rules: [
    { alert: 'Source', expr: isDown('inhibited-s'), labels: { site: 'x' } },
    { alert: 'Target', expr: isDown('inhibited-t'), labels: { site: 'x' } },
    { alert: 'Target', expr: isDown('inhibited-t'), labels: { site: 'y' } },
  ],
  routes: [{ ...byName, group_by: ['alertname', 'site'] }],
  inhibitRules: inhibits('inhibited'),
  async act({ down, up, told }) {
    down('s');
    await told(1);
    down('t');
    await told(2);
    up('s');
    await told(4);
    up('t');
    await told(6);
  },
};

/** One failure is the source and the target, in one evaluation: the target is never heard of. */
const together: Story = {
  name: 'together',
  targets: ['a'],
  rules: [
    { alert: 'Target', expr: isDown('together-a') },
    { alert: 'Source', expr: isDown('together-a') },
  ],
  routes: [byName],
  inhibitRules: inhibits('together'),
  async act({ down, up, seconds, told }) {
    down('a');
    await told(1);
    await seconds(10);
    up('a');
    await told(2);
    await seconds(10);
  },
};

/** The target is told, inhibited, and ends while it is: the same difference as with a silence. */
const covered: Story = {
  name: 'covered',
  targets: ['s', 't'],
  rules: [
    { alert: 'Source', expr: isDown('covered-s') },
    { alert: 'Target', expr: isDown('covered-t') },
  ],
  routes: [byName],
  inhibitRules: inhibits('covered'),
  onlyOurs: ['resolved'],
  async act({ down, up, seconds, told }) {
    down('t');
    await told(1);
    down('s');
    await told(2);
    up('t');
    await seconds(16);
  },
};

export const heldStories: readonly Story[] = [silenced, hushed, buried, inhibited, together, covered];
