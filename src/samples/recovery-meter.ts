import { Gauge, Histogram, type Registry } from 'prom-client';

/** What healing is told by, beside its counter. Durations are ms. */
export interface RecoveryMeter {
  detected(verdict: string, ms: number): void;
  recovered(verdict: string, ms: number): void;
}

/** What holds at this moment. */
export interface HealingState {
  readonly enabled: boolean;
  readonly pages: readonly { readonly runner: string; readonly verdict: string }[];
  /** Names of runners. */
  readonly quarantined: readonly string[];
  readonly paused: readonly string[];
  readonly cordoned: readonly string[];
}

/** Seconds. */
const detectBuckets = [0.1, 0.5, 1, 5, 15, 60, 300, 900, 3600];
const durationBuckets = [5, 15, 30, 60, 120, 300, 600, 1800, 3600, 14_400, 86_400];

export function createRecoveryMeter(registry: Registry, state: () => HealingState): RecoveryMeter {
  const registers = [registry];
  const detect = new Histogram({
    name: 'runnerwatch_recovery_detect_seconds',
    help: 'The time from the beginning of a verdict to the first decision on it, by verdict.',
    labelNames: ['verdict'],
    buckets: detectBuckets,
    registers,
  });
  const duration = new Histogram({
    name: 'runnerwatch_recovery_duration_seconds',
    help: 'The time from the beginning of a verdict until the runner was well again, by verdict.',
    labelNames: ['verdict'],
    buckets: durationBuckets,
    registers,
  });
  createStateGauges(registers, state);
  return {
    detected: (verdict, ms) => detect.observe({ verdict }, Math.max(0, ms) / 1000),
    recovered: (verdict, ms) => duration.observe({ verdict }, Math.max(0, ms) / 1000),
  };
}

function createStateGauges(registers: Registry[], state: () => HealingState): void {
  new Gauge({
    name: 'runnerwatch_recovery_enabled',
    help: 'Whether runners may be healed at all (1), or recovery is switched off (0).',
    registers,
    collect() {
      this.set(Number(state().enabled));
    },
  });
  new Gauge({
    name: 'runnerwatch_recovery_page',
    help: 'Runners that nothing heals and a person has to look after; 1 until they are well.',
    labelNames: ['runner', 'verdict'],
    registers,
    collect() {
      this.reset();
      for (const { runner, verdict } of state().pages) this.set({ runner, verdict }, 1);
    },
  });
  for (const [key, name, help] of [
    [
      'quarantined',
      'recovery_quarantined',
      'Runners on which nothing is tried any more until a person releases them; always 1.',
    ],
    ['paused', 'recovery_paused', 'Runners that somebody keeps recovery away from; always 1.'],
    ['cordoned', 'runner_cordoned', 'Runners whose labels were taken away so that they get no jobs; always 1.'],
  ] as const) {
    new Gauge({
      name: `runnerwatch_${name}`,
      help,
      labelNames: ['runner'],
      registers,
      collect() {
        this.reset();
        for (const runner of state()[key]) this.set({ runner }, 1);
      },
    });
  }
}
