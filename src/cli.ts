#!/usr/bin/env node
import { once } from 'node:events';
import { Argument, Command, CommanderError } from 'commander';
import { addAlertVerbs } from './commands/alerts-verbs.ts';
import type { AuditFilterFlags } from './commands/audit-export.ts';
import type { CommandIo, ExitCode } from './commands/command.ts';
import { printCompletion, type Shell, shells } from './commands/completion.ts';
import { processPort } from './commands/process.ts';
import { addRunnerVerbs } from './commands/runners-verbs.ts';
import { systemPorts } from './config/ports.ts';
import { systemClock } from './lib/clock.ts';
import { createHttpClient } from './lib/http.ts';
import { reasonOf } from './lib/log.ts';
import { version } from './lib/version.ts';

const examples = `
Examples:
  runnerwatch start                              watch what is found here, with the usual settings
  runnerwatch start --config runnerwatch.yml     watch what the file says
  runnerwatch check-config runnerwatch.yml       say all that is wrong with it and the files that it names
  runnerwatch check-config --print               print the settings that would be in force, without secrets
  runnerwatch rules check rules/*.rules.yml      check Prometheus rule files
  runnerwatch runners --url http://ci-1:9478     list runners and their verdicts
  source <(runnerwatch completion bash)          complete commands with the tab key`;

const urlFlag = ['--url <url>', 'address of the running instance; by default the one that is configured here'] as const;

const configFlag = [
  '--config <file>',
  'configuration file; by default RUNNERWATCH_CONFIG, ./ or /etc/runnerwatch/runnerwatch.yml',
] as const;

interface AskFlags {
  readonly url?: string;
  readonly json?: boolean;
}

/** Takes the exit code of the command that was chosen. */
type Run = (work: () => Promise<ExitCode>) => Promise<void>;

/** Commands load their own code only when they run: a health check must not pay for the whole program. */
function createProgram(io: CommandIo, run: Run): Command {
  const program = new Command('runnerwatch')
    .description('Watches, alerts on and heals self-hosted GitHub Actions runners.')
    .version(version, '--version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand(false)
    .addHelpText('after', examples)
    .configureOutput({ writeOut: (text) => io.out(text.trimEnd()), writeErr: (text) => io.err(text.trimEnd()) })
    .exitOverride();
  addConfigCommands(program, io, run);
  addInstanceCommands(program, io, run);
  addStateCommands(program, io, run);
  addAuditCommands(program, io, run);
  program
    .command('completion')
    .description('print a completion script for a shell')
    .addArgument(new Argument('<shell>').choices(shells))
    .action((shell: Shell) => run(async () => printCompletion(io, shell, program)));
  return program;
}

function addConfigCommands(program: Command, io: CommandIo, run: Run): void {
  program
    .command('start')
    .description('watch, alert and heal until told to stop')
    .option(...configFlag)
    .action(({ config }: { readonly config?: string }) =>
      run(async () => {
        const [{ start }, { createServer }] = await Promise.all([import('./commands/start.ts'), import('./server.ts')]);
        return start(io, { file: config, process: processPort, createServer });
      }),
    );
  program
    .command('check-config')
    .description('say all that is wrong with the configuration, its rules and its routing')
    .argument('[file]', 'configuration file; by default the one that start would take')
    .option('--print', 'print the settings that would be in force, without secrets')
    .action((file: string | undefined, { print = false }: { readonly print?: boolean }) =>
      run(async () => (await import('./commands/check-config.ts')).checkConfig(io, { file, print })),
    );
  program
    .command('config-schema')
    .description('print the JSON Schema of runnerwatch.yml')
    .action(() => run(async () => (await import('./commands/config-schema.ts')).configSchema(io)));
  program
    .command('firewall-targets')
    .description('list the hosts and ports of the targets, as the firewall in front of the runners lets them through')
    .option(...configFlag)
    .option('--json', 'print JSON')
    .action(({ config: file, json = false }: { readonly config?: string; readonly json?: boolean }) =>
      run(async () => (await import('./commands/firewall-targets.ts')).firewallTargets(io, { file, json })),
    );
  const rules = program.command('rules').description('work with Prometheus rule files').helpCommand(false);
  rules
    .command('check')
    .description('say all that is wrong with rule files')
    .argument('<file...>', 'Prometheus rule files')
    .action((files: readonly string[]) =>
      run(async () => (await import('./commands/check-rules.ts')).checkRules(io, files)),
    );
  rules
    .command('test')
    .description("run promtool's unit-test files without Prometheus")
    .argument('<file...>', 'unit-test files')
    .option('--json', 'print JSON, a line for each check')
    .action((files: readonly string[], { json = false }: { readonly json?: boolean }) =>
      run(async () => (await import('./commands/rules-test.ts')).testRules(io, { files, json })),
    );
  rules
    .command('list')
    .description('list the rules of the running instance and how they go')
    .option(...urlFlag)
    .option('--json', 'print JSON')
    .action(({ url, json = false }: AskFlags) =>
      run(async () => (await import('./commands/rules-list.ts')).listRules(io, { url, json })),
    );
}

function addInstanceCommands(program: Command, io: CommandIo, run: Run): void {
  const runners = program
    .command('runners')
    .description('list the runners and their verdicts')
    .helpCommand(false)
    .option(...urlFlag)
    .option('--json', 'print JSON')
    .action(({ url, json = false }: AskFlags) =>
      run(async () => (await import('./commands/runners.ts')).listRunners(io, { url, json })),
    );
  addRunnerVerbs(runners, { io, run, urlFlag });
  const alerts = program
    .command('alerts')
    .description('list the alerts that are pending or firing')
    .helpCommand(false)
    .option(...urlFlag)
    .option('--json', 'print JSON')
    .action(({ url, json = false }: AskFlags) =>
      run(async () => (await import('./commands/alerts.ts')).listAlerts(io, { url, json })),
    );
  addAckCommand(alerts, io, run);
  addAlertVerbs(alerts, { io, run, urlFlag });
  program
    .command('queue')
    .description('list the jobs that wait for runners or run on them')
    .option(...urlFlag)
    .option('--json', 'print JSON')
    .action(({ url, json = false }: AskFlags) =>
      run(async () => (await import('./commands/queue.ts')).listQueue(io, { url, json })),
    );
  program
    .command('deployments')
    .description('list the deployments and how they go')
    .option(...urlFlag)
    .option('--json', 'print JSON')
    .action(({ url, json = false }: AskFlags) =>
      run(async () => (await import('./commands/deployments.ts')).listDeployments(io, { url, json })),
    );
  program
    .command('healthcheck')
    .description('exit with 0 where the running instance is healthy, else with 1')
    .option(...urlFlag)
    .action(({ url }: AskFlags) => run(async () => (await import('./commands/healthcheck.ts')).healthcheck(io, url)));
}

interface AckFlags extends AskFlags {
  readonly tokenFile?: string;
  readonly by?: string;
  readonly comment?: string;
}

function addAckCommand(alerts: Command, io: CommandIo, run: Run): void {
  alerts
    .command('ack')
    .description('acknowledge alerts: their escalations tell nobody else until they end')
    .argument('<alert...>', 'the name of an alert, or matchers such as runner=ci-1 that must all match')
    .option('--by <name>', 'who acknowledges; by default the user')
    .option('--comment <text>', 'what is being done')
    .option(...urlFlag)
    .option(
      '--token-file <file>',
      'file with the token of alertmanager.token; without --url the configured one is taken',
    )
    .option('--json', 'print JSON')
    .action((words: readonly string[], _: unknown, command: Command) =>
      run(async () => {
        // The flags that both have are the parent's wherever they stand.
        const { url, tokenFile, by, comment = '', json = false } = command.optsWithGlobals<AckFlags>();
        const { acknowledge } = await import('./commands/alerts-ack.ts');
        return acknowledge(io, words, { url, tokenFile, by, comment, json });
      }),
    );
}

function addStateCommands(program: Command, io: CommandIo, run: Run): void {
  const hostKeys = program
    .command('host-keys')
    .description('work with the SSH host keys that are remembered')
    .helpCommand(false);
  hostKeys
    .command('list')
    .description('list the keys, and those that hosts show in their place')
    .option(...configFlag)
    .action(({ config: file }: { readonly config?: string }) =>
      run(async () => (await import('./commands/host-keys.ts')).listHostKeys(io, { file })),
    );
  hostKeys
    .command('accept')
    .description('trust the key that a host shows now')
    .argument('<host>', 'the host, as host-keys list names it')
    .argument('<fingerprint>', 'fingerprint of the key, compared on the host itself')
    .option(...configFlag)
    .action((host: string, fingerprint: string, { config: file }: { readonly config?: string }) =>
      run(async () => (await import('./commands/host-keys.ts')).acceptHostKey(io, { file, host, fingerprint })),
    );
}

interface ExportFlags extends AuditFilterFlags {
  readonly config?: string;
}

function addAuditCommands(program: Command, io: CommandIo, run: Run): void {
  const audit = program.command('audit').description('work with the audit log').helpCommand(false);
  audit
    .command('verify')
    .description('prove that the audit log is as it was written, or say where it is not')
    .argument('[file...]', 'copies of its files; by default all of the instance that is configured here')
    .option(...configFlag)
    .action((files: readonly string[], { config: file }: { readonly config?: string }) =>
      run(async () => (await import('./commands/audit-verify.ts')).verify(io, { files, file })),
    );
  audit
    .command('export')
    .description('print records of the audit log as JSON lines, the oldest first')
    .option('--since <time>', 'only what happened from then on: 2026-01-31T12:00:00Z, or 7d ago')
    .option('--until <time>', 'only what happened up to then')
    .option('--action <action...>', 'only these actions')
    .option('--runner <name>', 'only what is about this runner')
    .option(...configFlag)
    .action(({ config: file, ...flags }: ExportFlags) =>
      run(async () => (await import('./commands/audit-export.ts')).exportAudit(io, { file, flags })),
    );
}

/** Runs one command line. A wrong one ends with 2, after the parser has said what is wrong. */
async function main(args: readonly string[]): Promise<ExitCode> {
  const io: CommandIo = {
    ports: systemPorts(),
    http: createHttpClient(systemClock),
    out: (line) => void process.stdout.write(`${line}\n`),
    drained: async () => process.stdout.writableNeedDrain && once(process.stdout, 'drain'),
    err: (line) => void process.stderr.write(`${line}\n`),
    progress: process.stderr.isTTY ? (text) => void process.stderr.write(`\r\u001b[K${text}`) : undefined,
  };
  // A reader that has seen enough, as head has, is no failure.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
  let code: ExitCode = 0;
  const program = createProgram(io, async (work) => {
    code = await work();
  });
  try {
    await program.parseAsync(args, { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    io.err(`runnerwatch: ${reasonOf(error)}`);
    return 1;
  }
}

process.exitCode = await main(process.argv.slice(2));
