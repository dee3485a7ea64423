import type { ContainerDetails } from '../model/container.ts';
import { factsOf, factWords } from '../model/runner-facts.ts';
import { gauge, type Sample, sample } from '../model/sample.ts';

const ofRunner = ['runner', 'name'] as const;

/** What the runner's own health check last said. */
export const factMetrics = {
  runnerFact: gauge(
    'runnerwatch_runner_fact',
    "What the runner's own health check last said: whether its listener or a worker runs, GitHub answers, a GitHub token is in its container, or a job touched the decoy there (1) or not (0).",
    [...ofRunner, 'fact'],
  ),
  runnerCheck: gauge(
    'runnerwatch_runner_check_state',
    "Whether the runner's own health check last said so (1) or not (0); degraded is what no restart mends.",
    [...ofRunner, 'state'],
  ),
  runnerSession: gauge(
    'runnerwatch_runner_session',
    "Whether this was the last word on its session in the log of the runner's listener (1) or not (0).",
    [...ofRunner, 'session'],
  ),
  runnerReason: gauge(
    'runnerwatch_runner_down_reason',
    'Whether the runner runs no listener for the reason (1) or not (0); absent while it runs one.',
    [...ofRunner, 'reason'],
  ),
  runnerSessionAge: gauge(
    'runnerwatch_runner_session_age_seconds',
    "Time since the log of the runner's listener last said that all is well.",
    ofRunner,
  ),
  runnerListenerExit: gauge(
    'runnerwatch_runner_listener_exit_code',
    "What the runner's run.sh ended with; absent while it runs.",
    ofRunner,
  ),
  runnerDiskFree: gauge(
    'runnerwatch_runner_disk_free_bytes',
    "Free space where the runner's jobs work, or where its logs are if these are full, as the runner itself sees it.",
    ofRunner,
  ),
  runnerInodesFree: gauge(
    'runnerwatch_runner_disk_free_inodes',
    "Free inodes where the runner's jobs work, or where its logs are if these are full, as the runner itself sees them.",
    ofRunner,
  ),
  runnerMadeRoom: gauge(
    'runnerwatch_runner_made_room_bytes',
    "What the runner's last start had to free because room was short; absent where it freed nothing.",
    ofRunner,
  ),
  runnerClockSkew: gauge(
    'runnerwatch_runner_clock_skew_seconds',
    "How far the clock of the runner's machine is ahead of GitHub's.",
    ofRunner,
  ),
  runnerAgentId: gauge(
    'runnerwatch_runner_agent_id',
    "GitHub's id of the registration that the runner's container holds.",
    ofRunner,
  ),
} as const;

const numbers = {
  exit_code: factMetrics.runnerListenerExit,
  session_age_seconds: factMetrics.runnerSessionAge,
  disk_free_bytes: factMetrics.runnerDiskFree,
  disk_free_inodes: factMetrics.runnerInodesFree,
  made_room_bytes: factMetrics.runnerMadeRoom,
  clock_skew_seconds: factMetrics.runnerClockSkew,
  agent_id: factMetrics.runnerAgentId,
} as const;

type OfRunner = Readonly<Record<(typeof ofRunner)[number], string>>;

const words = {
  state: (labels: OfRunner, state: string, is: number) => sample(factMetrics.runnerCheck, { ...labels, state }, is),
  session: (labels: OfRunner, session: string, is: number) =>
    sample(factMetrics.runnerSession, { ...labels, session }, is),
  reason: (labels: OfRunner, reason: string, is: number) => sample(factMetrics.runnerReason, { ...labels, reason }, is),
} as const;

/** What a stopped container's last check said is not so any more. */
export function factSamples({ state, health }: ContainerDetails, labels: OfRunner): readonly Sample[] {
  if (!state.running || !health) return [];
  const facts = factsOf(health.lastOutput);
  return [
    ...[...facts.flags].map(([fact, holds]) => sample(factMetrics.runnerFact, { ...labels, fact }, Number(holds))),
    ...[...facts.words].flatMap(([name, said]) =>
      factWords[name].map((word) => words[name](labels, word, Number(word === said))),
    ),
    ...[...facts.numbers].map(([name, value]) => sample(numbers[name], labels, value)),
  ];
}
