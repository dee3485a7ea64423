import type { Socket } from 'node:net';
import { splitHostPort } from './address.ts';
import { type TlsState, tlsStateOf } from './certificates.ts';
import { dial, startTls } from './dial.ts';
import { createLines, type Lines } from './lines.ts';
import {
  type Ended,
  notReached,
  ProbeFault,
  type ProbeOptions,
  type ProbePorts,
  type Reached,
  resolveInto,
  runProbe,
} from './probe.ts';
import type { QueryStep, TcpModule } from './tcp-module.ts';

export interface TcpProbe extends Readonly<Reached>, Ended {
  readonly tls: TlsState | undefined;
  readonly failedDueToRegex: boolean;
  /** One set of labels for each step that fills some. */
  readonly expected: readonly Readonly<Record<string, string>>[];
}

export interface TcpSource {
  /** `address` is `host:port`. A target that fails is an answer; throws only where the signal ends. */
  probe(address: string, module: TcpModule, options: ProbeOptions, signal: AbortSignal): Promise<TcpProbe>;
}

interface Progress extends Reached {
  tls: TlsState | undefined;
  failedDueToRegex: boolean;
  readonly expected: Readonly<Record<string, string>>[];
}

/** What the steps of a dialogue need, and change. */
interface Dialogue {
  socket: Socket;
  lines: Lines;
  readonly host: string;
  readonly module: TcpModule;
  readonly progress: Progress;
  readonly log: ProbeOptions['log'];
  readonly readFile: ProbePorts['readFile'];
}

export function createTcp(ports: ProbePorts): TcpSource {
  return {
    probe: async (address, module, options, signal) => {
      const progress: Progress = { ...notReached(), tls: undefined, failedDueToRegex: false, expected: [] };
      const ended = await runProbe(ports.clock, options, signal, (cut) =>
        converse(address, module, progress, ports, options, cut),
      );
      return { ...progress, ...ended };
    },
  };
}

async function converse(
  address: string,
  module: TcpModule,
  progress: Progress,
  ports: ProbePorts,
  options: ProbeOptions,
  signal: AbortSignal,
): Promise<void> {
  const { host, port } = splitHostPort(address) ?? {};
  if (host === undefined || port === undefined) throw new ProbeFault('address', 'the target has no port');
  const resolved = await resolveInto(progress, host, module, ports, options, signal);
  const socket = await dial(resolved, port, signal);
  const { log } = options;
  log.debug({ ip: resolved.address, port }, 'connected');
  try {
    const { readFile } = ports;
    const dialogue: Dialogue = { socket, lines: createLines(socket), host, module, progress, log, readFile };
    if (module.tls) await secure(dialogue);
    for (const step of module.query_response) await take(step, dialogue);
  } finally {
    socket.destroy();
  }
}

async function secure(dialogue: Dialogue): Promise<void> {
  const { host, module, progress, log, readFile } = dialogue;
  dialogue.lines.close();
  const socket = await startTls(dialogue.socket, host, module.tls_config, readFile);
  log.debug({ protocol: socket.getProtocol() }, 'TLS handshake succeeded');
  progress.tls = tlsStateOf(socket, !module.tls_config.insecure_skip_verify);
  dialogue.socket = socket;
  dialogue.lines = createLines(socket);
}

async function take(step: QueryStep, dialogue: Dialogue): Promise<void> {
  const { log } = dialogue;
  const groups = step.expect ? await awaitMatch(step, dialogue) : [];
  const send = expand(step.send ?? '', groups);
  if (send !== '') {
    // Not the line itself, which may be a password.
    log.debug({ bytes: send.length }, 'sending line');
    dialogue.socket.write(`${send}\n`);
  }
  if (step.starttls) await secure(dialogue);
}

type Groups = readonly (string | undefined)[];

async function awaitMatch({ expect, labels }: QueryStep, { lines, progress, log }: Dialogue): Promise<Groups> {
  for (let line = await lines.next(); line !== undefined; line = await lines.next()) {
    const groups = expect?.find(line);
    log.debug({ line: line.slice(0, 200), matches: groups !== undefined }, 'read line');
    if (!groups) continue;
    progress.failedDueToRegex = false;
    if (labels.length > 0) {
      progress.expected.push(Object.fromEntries(labels.map(({ name, value }) => [name, expand(value, groups)])));
    }
    return groups;
  }
  progress.failedDueToRegex = true;
  throw new ProbeFault('expectation', `the connection ended before a line matched ${expect?.source}`);
}

/** Go's templates of Regexp.Expand, for numbered groups: `$1`, `${1}`, and `$$` for a dollar sign. */
function expand(template: string, groups: Groups): string {
  return template.replace(/\$(?:(\$)|(\d+)|\{(\d+)\})/g, (_, dollar, plain, braced) =>
    dollar ? '$' : (groups[Number(plain ?? braced)] ?? ''),
  );
}
