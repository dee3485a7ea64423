import { containerHealth } from './container-health.ts';
import { containers } from './containers.ts';
import { githubRunners } from './github-runners.ts';
import { host } from './host.ts';
import { icmp } from './icmp.ts';
import { inventory } from './inventory.ts';
import { ssh } from './ssh.ts';

/** Add a collector: write its file, add one line here. */
export const collectors = {
  containers,
  'container-health': containerHealth,
  'github-runners': githubRunners,
  host,
  icmp,
  inventory,
  ssh,
} as const;
