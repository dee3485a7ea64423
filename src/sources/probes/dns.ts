import { randomInt } from 'node:crypto';
import { type Answer, type DecodedPacket, encode, RECURSION_DESIRED, type RecordType } from 'dns-packet';
import type { ResolvedAddress } from '../resolver.ts';
import { splitHostPort } from './address.ts';
import { dial, startTls } from './dial.ts';
import { askOverTcp, askOverUdp } from './dns-exchange.ts';
import { type DnsModule, type RecordCheck, rcodes } from './dns-module.ts';
import { recordText } from './dns-record.ts';
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

interface Progress extends Reached {
  connectMs: number;
  requestMs: number;
  /** Whether a well-formed answer came, whatever it says. */
  answered: boolean;
  answers: number;
  authorities: number;
  additionals: number;
  /** Of the zone, where its SOA record was asked for and an answer came; 0 where that has none. */
  serial: number | undefined;
}

export type DnsProbe = Readonly<Progress> & Ended;

export interface DnsSource {
  /** `address` is the server's, with or without a port. A target that fails is an answer; throws only where the signal ends. */
  probe(address: string, module: DnsModule, options: ProbeOptions, signal: AbortSignal): Promise<DnsProbe>;
}

export function createDns(ports: ProbePorts): DnsSource {
  return {
    probe: async (address, module, options, signal) => {
      const progress: Progress = {
        ...notReached(),
        ...{
          connectMs: 0,
          requestMs: 0,
          answered: false,
          answers: 0,
          authorities: 0,
          additionals: 0,
          serial: undefined,
        },
      };
      const ended = await runProbe(ports.clock, options, signal, async (cut) => {
        const { host, port = module.dns_over_tls ? 853 : 53 } = splitHostPort(address) ?? {};
        if (host === undefined) throw new ProbeFault('address', 'the target is no host or host:port');
        const to = await resolveInto(progress, host, module, ports, options, cut);
        const answer = await ask({ host, port, to, module, progress, ports, signal: cut });
        options.log.debug({ rcode: rcodeOf(answer), answers: answer.answers?.length }, 'received DNS response');
        note(answer, module, progress);
        check(answer, module);
      });
      return { ...progress, ...ended };
    },
  };
}

interface Asking {
  readonly host: string;
  readonly port: number;
  readonly to: ResolvedAddress;
  readonly module: DnsModule;
  readonly progress: Progress;
  readonly ports: ProbePorts;
  readonly signal: AbortSignal;
}

async function ask({ host, port, to, module, progress, ports, signal }: Asking): Promise<DecodedPacket> {
  const { clock, readFile } = ports;
  const query = encode({
    type: 'query',
    id: randomInt(65_536),
    flags: module.recursion_desired ? RECURSION_DESIRED : 0,
    // The types lag behind the library, which also knows ANY and SPF.
    questions: [{ type: module.query_type as RecordType, name: module.query_name }],
  });
  let begun = clock.monotonic();
  try {
    if (module.transport_protocol === 'udp') return await askOverUdp(query, to, port, signal);
    const plain = await dial(to, port, signal);
    try {
      const socket = module.dns_over_tls ? await startTls(plain, host, module.tls_config, readFile) : plain;
      progress.connectMs = clock.monotonic() - begun;
      begun = clock.monotonic();
      return await askOverTcp(query, socket);
    } finally {
      plain.destroy();
    }
  } finally {
    progress.requestMs = clock.monotonic() - begun;
  }
}

function note(answer: DecodedPacket, { query_type }: DnsModule, progress: Progress): void {
  const { answers = [], authorities = [], additionals = [] } = answer;
  progress.answered = true;
  progress.answers = answers.length;
  progress.authorities = authorities.length;
  progress.additionals = additionals.length;
  if (query_type !== 'SOA') return;
  const soa = answers.findLast((record) => record.type === 'SOA');
  progress.serial = soa?.data.serial ?? 0;
}

/** RFC 1035, 4.1.1: the last four bits of the flags. */
function rcodeOf({ flags = 0 }: DecodedPacket): string {
  const code = flags & 0xf;
  return rcodes[code] ?? `RCODE_${code}`;
}

function check(answer: DecodedPacket, module: DnsModule): void {
  const { answers = [], authorities = [], additionals = [] } = answer;
  const rcode = rcodeOf(answer);
  const valid: readonly string[] = module.valid_rcodes.length > 0 ? module.valid_rcodes : [rcodes[0]];
  if (!valid.includes(rcode)) throw new ProbeFault('expectation', `the answer code ${rcode} is not valid`);
  const sections = [
    ['answer', answers, module.validate_answer_rrs],
    ['authority', authorities, module.validate_authority_rrs],
    ['additional', additionals, module.validate_additional_rrs],
  ] as const;
  for (const [name, records, rules] of sections) {
    const fault = recordFault(records, rules);
    if (fault !== undefined) throw new ProbeFault('expectation', `${name} section: ${fault}`);
  }
}

/** As blackbox_exporter decides it; the texts of the rules say how. */
function recordFault(records: readonly Answer[], rules: RecordCheck): string | undefined {
  const texts = records.map(recordText);
  const { fail_if_not_matches_regexp: every, fail_if_none_matches_regexp: some } = rules;
  if (texts.length === 0 && every.length + some.length > 0) return 'there is no record';
  const forbidden = rules.fail_if_matches_regexp.find((pattern) => texts.some((text) => pattern.find(text)));
  if (forbidden) return `a record matches ${forbidden.source}`;
  const missed = every.find((pattern) => texts.some((text) => !pattern.find(text)));
  if (missed) return `a record does not match ${missed.source}`;
  // The original fails where not all match, against the name of its key; files written for it rely on what it does.
  const odd = rules.fail_if_all_match_regexp.find((pattern) => texts.some((text) => !pattern.find(text)));
  if (odd) return `a record does not match ${odd.source}`;
  const none = some.length > 0 && !some.some((pattern) => texts.some((text) => pattern.find(text)));
  return none ? 'no record matches' : undefined;
}
