import type { Fault } from '../fault.ts';
import { appKeyRevoked } from './app-key-revoked.ts';
import { backupLabelled } from './backup-labelled.ts';
import { backupPaused } from './backup-paused.ts';
import { clockOff } from './clock-off.ts';
import { composeDown } from './compose-down.ts';
import { crashLoop } from './crash-loop.ts';
import { diskFull } from './disk-full.ts';
import { dnsDown } from './dns-down.ts';
import { dockerHung } from './docker-hung.ts';
import { dockerRestarted } from './docker-restarted.ts';
import { duplicateName } from './duplicate-name.ts';
import { exited0 } from './exited-0.ts';
import { exited1 } from './exited-1.ts';
import { exited127 } from './exited-127.ts';
import { exited137 } from './exited-137.ts';
import { gatewayDown } from './gateway-down.ts';
import { ghost } from './ghost.ts';
import { github5xx } from './github-5xx.ts';
import { githubHostDown } from './github-host-down.ts';
import { githubRateLimit } from './github-rate-limit.ts';
import { healthCheckFailing } from './health-check-failing.ts';
import { hostRebooted } from './host-rebooted.ts';
import { inodesFull } from './inodes-full.ts';
import { jobHung } from './job-hung.ts';
import { jobLong } from './job-long.ts';
import { killedInRemoval } from './killed-in-removal.ts';
import { killedInReregister } from './killed-in-reregister.ts';
import { killedInRestart } from './killed-in-restart.ts';
import { killedInStart } from './killed-in-start.ts';
import { killedInWait } from './killed-in-wait.ts';
import { listenerDeleted } from './listener-deleted.ts';
import { listenerHung } from './listener-hung.ts';
import { listenerKilled } from './listener-killed.ts';
import { logsFull } from './logs-full.ts';
import { outOfMemory } from './out-of-memory.ts';
import { registrationDeleted } from './registration-deleted.ts';
import { sessionConflict } from './session-conflict.ts';
import { stoppedByPerson } from './stopped-by-person.ts';
import { targetDown } from './target-down.ts';
import { tokenExpired } from './token-expired.ts';
import { tokenWithoutPermission } from './token-without-permission.ts';
import { twoAtOnce } from './two-at-once.ts';
import { versionDeprecated } from './version-deprecated.ts';

/** All faults, those that take longest first: then nobody waits for them at the end. */
export const catalogue: readonly Fault[] = [
  jobHung,
  jobLong,
  github5xx,
  listenerDeleted,
  ghost,
  killedInRemoval,
  sessionConflict,
  killedInWait,
  appKeyRevoked,
  backupLabelled,
  backupPaused,
  clockOff,
  composeDown,
  crashLoop,
  diskFull,
  dnsDown,
  dockerHung,
  dockerRestarted,
  duplicateName,
  exited0,
  exited1,
  exited127,
  exited137,
  gatewayDown,
  githubHostDown,
  githubRateLimit,
  healthCheckFailing,
  hostRebooted,
  inodesFull,
  killedInReregister,
  killedInRestart,
  killedInStart,
  listenerHung,
  listenerKilled,
  logsFull,
  outOfMemory,
  registrationDeleted,
  stoppedByPerson,
  targetDown,
  tokenExpired,
  tokenWithoutPermission,
  twoAtOnce,
  versionDeprecated,
];
