import type { Command } from 'commander';
import type { CommandIo, ExitCode } from './command.ts';

interface Flags {
  readonly url?: string;
  readonly json?: boolean;
  readonly label?: readonly string[];
  readonly all?: boolean;
  readonly to?: string;
  readonly tokenFile?: string;
}

/** What runs the chosen command, and the flags that all who ask an instance have. */
export interface Verbs {
  readonly io: CommandIo;
  readonly run: (work: () => Promise<ExitCode>) => Promise<void>;
  readonly urlFlag: readonly [string, string];
}

/** `runnerwatch alerts why|dead|resend`. The flags that the parent has too are its own, wherever they stand. */
export function addAlertVerbs(alerts: Command, { io, run, urlFlag }: Verbs): void {
  alerts
    .command('why')
    .description('tell why alerts were told or not: rule, routes, what holds them back, what was told to whom')
    .argument('<name>', 'name of an alert, or the fingerprint of one')
    .option('--label <matcher...>', 'only alerts with this label: runner=ci-1, severity!=info')
    .option(...urlFlag)
    .option('--json', 'print JSON')
    .action((name: string, _: unknown, command: Command) =>
      run(async () => {
        const { url, json = false, label: labels = [] } = command.optsWithGlobals<Flags>();
        return (await import('./alerts-why.ts')).explainAlert(io, name, { url, json, labels });
      }),
    );
  alerts
    .command('dead')
    .description('list the notifications that were given up')
    .option(...urlFlag)
    .option('--json', 'print JSON')
    .action((_: unknown, command: Command) =>
      run(async () => {
        const { url, json = false } = command.optsWithGlobals<Flags>();
        return (await import('./alerts-dead.ts')).listDeadLetters(io, { url, json });
      }),
    );
  alerts
    .command('resend')
    .description('send notifications that were given up again')
    .argument('[id...]', 'as alerts dead lists them')
    .option('--all', 'all of them')
    .option('--to <receiver>', 'another receiver than the one that each was for')
    .option(...urlFlag)
    .option(
      '--token-file <file>',
      'file with the token of alertmanager.token; without --url the configured one is taken',
    )
    .option('--json', 'print JSON')
    .action((ids: readonly string[], _: unknown, command: Command) =>
      run(async () => {
        const { url, json = false, all = false, to, tokenFile } = command.optsWithGlobals<Flags>();
        return (await import('./alerts-resend.ts')).resendDeadLetters(io, { url, json, ids, all, to, tokenFile });
      }),
    );
}
