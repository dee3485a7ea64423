import { Counter, Gauge, type Registry } from 'prom-client';

/** What scaling is told by. */
export interface ScalingMeter {
  count(move: string, outcome: string): void;
}

/** `standby`: the runners that are down until jobs wait. */
export function createScalingMeter(registry: Registry, standby: () => readonly string[]): ScalingMeter {
  const registers = [registry];
  const decisions = new Counter({
    name: 'runnerwatch_scaling_decisions_total',
    help: 'Runners of the pool that were started or stopped, or left as they are for another reason than before, by what came of it.',
    labelNames: ['move', 'outcome'],
    registers,
  });
  new Gauge({
    name: 'runnerwatch_scaling_standby',
    help: 'Runners of the pool that are down until jobs wait for them; always 1.',
    labelNames: ['runner'],
    registers,
    collect() {
      this.reset();
      for (const runner of standby()) this.set({ runner }, 1);
    },
  });
  for (const [move, outcome] of [
    ['start', 'started'],
    ['stop', 'stopped'],
  ] as const) {
    for (const one of [outcome, 'failed']) decisions.inc({ move, outcome: one }, 0);
  }
  return { count: (move, outcome) => decisions.inc({ move, outcome }) };
}
