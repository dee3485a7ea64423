import { containerHealth } from './container-health.ts';
import { containers } from './containers.ts';
import { dns } from './dns.ts';
import { dockerDisk } from './docker-disk.ts';
import { firewall } from './firewall.ts';
import { githubCredentials } from './github-credentials.ts';
import { githubPipelines } from './github-pipelines.ts';
import { githubQueue } from './github-queue.ts';
import { githubRunners } from './github-runners.ts';
import { host } from './host.ts';
import { http } from './http.ts';
import { icmp } from './icmp.ts';
import { inventory } from './inventory.ts';
import { path } from './path.ts';
import { runnerPrograms } from './runner-programs.ts';
import { runnerWorkspace } from './runner-workspace.ts';
import { ssh } from './ssh.ts';
import { tcp } from './tcp.ts';

/** Add a collector: write its file, add one line here. */
export const collectors = {
  containers,
  'container-health': containerHealth,
  dns,
  'docker-disk': dockerDisk,
  firewall,
  'github-credentials': githubCredentials,
  'github-pipelines': githubPipelines,
  'github-queue': githubQueue,
  'github-runners': githubRunners,
  host,
  http,
  icmp,
  inventory,
  path,
  'runner-programs': runnerPrograms,
  'runner-workspace': runnerWorkspace,
  ssh,
  tcp,
} as const;
