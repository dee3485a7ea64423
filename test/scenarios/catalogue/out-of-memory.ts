import type { Fault } from '../fault.ts';
import { victim } from '../world.ts';

/** The kernel is to choose the container's first process, not the one that eats. */
const eat = [
  'for pid in $(pgrep -f "[r]unner/entrypoint.sh"); do echo 1000 >/proc/$pid/oom_score_adj; done 2>/dev/null',
  'head -c 2G /dev/zero | tail',
].join('; ');

export const outOfMemory: Fault = {
  name: 'out-of-memory',
  says: "The kernel kills the container's first process at its memory limit, and its restart policy is no.",
  world: { victim: { restart: 'no' } },
  async inject(world) {
    await world.docker('update', '--memory', '128m', '--memory-swap', '128m', world.container(victim));
    await world.exec(victim, eat).catch(() => '');
  },
  expect: {
    verdict: 'crashed',
    actions: ['start'],
    ends: 'healed',
    pages: [{ alert: 'ContainerOomKilled', labels: {} }],
  },
};
