import { notifications } from './0001-notifications.ts';
import { recoveries } from './0002-recoveries.ts';
import { sshHostKeys } from './0003-ssh-host-keys.ts';
import { containerRestarts } from './0004-container-restarts.ts';
import { githubRunners } from './0005-github-runners.ts';
import { githubJobs } from './0006-github-jobs.ts';
import { githubRuns } from './0007-github-runs.ts';
import { auditTail } from './0008-audit-tail.ts';
import { silences } from './0009-silences.ts';
import { githubHolds } from './0010-github-holds.ts';
import { decisions } from './0011-decisions.ts';
import { acknowledgements } from './0012-acknowledgements.ts';
import { runnerGrants } from './0013-runner-grants.ts';
import { flappingAlerts } from './0014-flapping-alerts.ts';
import { verdicts } from './0015-verdicts.ts';
import { recoveryLadders } from './0016-recovery-ladders.ts';
import { runnerCordons } from './0017-runner-cordons.ts';
import { standby } from './0018-standby.ts';
import { holdsByMany } from './0019-holds-by-many.ts';
import type { Migration } from './migration.ts';

/** In order, versions from 1 without gaps: the test checks it. Times are milliseconds since the epoch. */
export const migrations: readonly Migration[] = [
  notifications,
  recoveries,
  sshHostKeys,
  containerRestarts,
  githubRunners,
  githubJobs,
  githubRuns,
  auditTail,
  silences,
  githubHolds,
  decisions,
  acknowledgements,
  runnerGrants,
  flappingAlerts,
  verdicts,
  recoveryLadders,
  runnerCordons,
  standby,
  holdsByMany,
];
