import type { Command } from 'commander';
import type { Verbs } from './alerts-verbs.ts';

interface Flags {
  readonly url?: string;
  readonly json?: boolean;
  readonly all?: boolean;
  readonly for?: string;
  readonly by?: string;
  readonly own?: boolean;
  readonly reason?: string;
  readonly tokenFile?: string;
  readonly timeout?: string;
  readonly stop?: boolean;
}

const tokenFlag = [
  '--token-file <file>',
  'file with the token of recovery.token; without --url the configured one is taken',
] as const;

/** `runnerwatch runners why|pause|release|cordon|uncordon|drain`. The flags that the parent has too are its own, wherever they stand. */
export function addRunnerVerbs(runners: Command, { io, run, urlFlag }: Verbs): void {
  runners
    .command('why')
    .description('tell why a runner is healed or not: verdict, evidence, steps, what was decided, what comes next')
    .argument('<name>', 'name of a runner')
    .option(...urlFlag)
    .option('--json', 'print JSON')
    .action((name: string, _: unknown, command: Command) =>
      run(async () => {
        const { url, json = false } = command.optsWithGlobals<Flags>();
        return (await import('./runners-why.ts')).explainRunner(io, name, { url, json });
      }),
    );
  runners
    .command('pause')
    .description('keep recovery away from a runner, or from all of them; a step that is under way goes on')
    .argument('[name]', 'name of a runner')
    .option('--all', 'all of them: nothing is healed')
    .option('--for <duration>', 'how long: 30m, 2h; by default until it is released')
    .option('--by <name>', 'who pauses; by default the user')
    .option('--reason <text>', 'why')
    .option(...urlFlag)
    .option(...tokenFlag)
    .option('--json', 'print JSON')
    .action((name: string | undefined, _: unknown, command: Command) =>
      run(async () => (await import('./runners-pause.ts')).pauseRunner(io, optionsOf(name, command))),
    );
  runners
    .command('release')
    .description('end what keeps a runner from being healed: pause, quarantine, ladder that ended; or the pause of all')
    .argument('[name]', 'name of a runner')
    .option('--all', 'the pause of all of them; runners that are paused by their names, or in quarantine, stay so')
    .option('--by <name>', 'who releases; by default the user')
    .option('--own', 'only a pause of the one who asks, as a script does that paused before')
    .option(...urlFlag)
    .option(...tokenFlag)
    .option('--json', 'print JSON')
    .action((name: string | undefined, _: unknown, command: Command) =>
      run(async () => (await import('./runners-release.ts')).releaseRunner(io, optionsOf(name, command))),
    );
  addCordonVerbs(runners, { io, run, urlFlag });
}

/** What keeps jobs away from one runner. */
function addCordonVerbs(runners: Command, { io, run, urlFlag }: Verbs): void {
  const verb = (name: string, description: string): Command =>
    runners
      .command(name)
      .description(description)
      .argument('<name>', 'name of a runner')
      .option('--by <name>', 'who asks; by default the user')
      .option(...urlFlag)
      .option(...tokenFlag)
      .option('--json', 'print JSON');
  verb('cordon', 'take the labels of a runner away at GitHub, so that it gets no more jobs that ask for one').action(
    (name: string, _: unknown, command: Command) =>
      run(async () => (await import('./runners-cordon.ts')).cordonRunner(io, optionsOf(name, command))),
  );
  verb('uncordon', 'give the labels of a runner back, and cancel its drain').action(
    (name: string, _: unknown, command: Command) =>
      run(async () => (await import('./runners-cordon.ts')).uncordonRunner(io, optionsOf(name, command))),
  );
  verb('drain', 'keep jobs away from a runner, wait until it has none, and stop its container')
    .option('--timeout <duration>', 'how long its job may take; after that all is as before', '1h')
    .option('--no-stop', 'leave the container running, and cordoned')
    .action((name: string, _: unknown, command: Command) =>
      run(async () => {
        const { timeout = '1h', stop = true } = command.optsWithGlobals<Flags>();
        const { drainRunner } = await import('./runners-drain.ts');
        return drainRunner(io, { ...optionsOf(name, command), timeout, stop });
      }),
    );
}

function optionsOf(name: string | undefined, command: Command) {
  const {
    url,
    json = false,
    all = false,
    for: time,
    by,
    own = false,
    reason = '',
    tokenFile,
  } = command.optsWithGlobals<Flags>();
  return { url, json, all, time, by, own, reason, tokenFile, name };
}
