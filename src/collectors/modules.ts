import { z } from 'zod';
import { Duration } from '../lib/schema.ts';
import { type Prober, probers } from '../model/target.ts';
import { DnsModule } from '../sources/probes/dns-module.ts';
import { HttpModule } from '../sources/probes/http-module.ts';
import { IcmpModule } from '../sources/probes/icmp-module.ts';
import { TcpModule } from '../sources/probes/tcp-module.ts';
import type { SshCheck } from '../sources/ssh/check.ts';
import { SshKeys, sshCheckOf } from './ssh-check.ts';
import type { ProbeTarget } from './targets.ts';

interface Settings {
  readonly icmp: IcmpModule;
  readonly tcp: TcpModule;
  readonly http: HttpModule;
  readonly dns: DnsModule;
  readonly ssh: SshKeys;
}

/** A prober and what it does; `timeout` in ms, undefined where the collector's own counts. */
type Of<P extends Prober, S = Settings[P]> = {
  readonly prober: P;
  readonly timeout: number | undefined;
  readonly settings: S;
};
export type Module = { readonly [P in Prober]: Of<P> }[Prober];

const Entry = z
  .strictObject({
    prober: z.enum(probers).describe('How it probes: icmp, tcp, http, dns or ssh.'),
    timeout: Duration.optional().describe("How long one probe may take; by default the collector's own time."),
    icmp: IcmpModule.optional().describe('What the prober icmp does.'),
    tcp: TcpModule.optional().describe('What the prober tcp does, and expects.'),
    http: HttpModule.optional().describe('What the prober http does, and expects.'),
    dns: DnsModule.optional().describe('What the prober dns asks, and expects.'),
    ssh: SshKeys.optional().describe('What the prober ssh does, for targets that do not say otherwise.'),
  })
  .superRefine((entry, context) => {
    const { prober } = entry;
    const wrong = (key: string, message: string): void => context.addIssue({ code: 'custom', path: [key], message });
    for (const other of probers) {
      if (other !== prober && entry[other] !== undefined) wrong(other, `expected only ${prober}, the prober's section`);
    }
    if (entry.timeout !== undefined && entry.timeout < 100) wrong('timeout', 'expected at least 100ms');
  })
  .transform(({ prober, timeout, dns, ...sections }, context): Module => {
    const { icmp = IcmpModule.parse({}), tcp = TcpModule.parse({}), http = HttpModule.parse({}), ssh = {} } = sections;
    if (prober === 'icmp') return { prober, timeout, settings: icmp };
    if (prober === 'tcp') return { prober, timeout, settings: tcp };
    if (prober === 'http') return { prober, timeout, settings: http };
    if (prober === 'ssh') return { prober, timeout, settings: ssh };
    if (dns) return { prober, timeout, settings: dns };
    context.addIssue({ code: 'custom', path: ['dns'], message: 'a mapping with query_name' });
    return z.NEVER;
  });

const builtIn = { icmp: 'icmp', ssh: 'ssh', tcp_connect: 'tcp', http_2xx: 'http' } as const;

/** The mapping `modules`, with the built-in ones that the operator did not replace. */
export const Modules = z
  .record(z.string().min(1).max(100), Entry)
  .transform((own): Readonly<Record<string, Module>> => {
    const given = Object.entries(builtIn).map(([name, prober]) => [name, Entry.parse({ prober })]);
    return { ...Object.fromEntries(given), ...own };
  });

/** One module of one target. */
export interface Probe<P extends Prober = Prober> {
  readonly target: ProbeTarget;
  /** The module's name. */
  readonly module: string;
  readonly prober: P;
  /** What is probed: the entry's own address, else the target's. */
  readonly address: string;
  /** Milliseconds; undefined where the collector's own time counts. */
  readonly timeout: number | undefined;
  /** For ssh, the module's keys with the target's over them. */
  readonly settings: ProbeSettings[P];
}
export interface ProbeSettings extends Omit<Settings, 'ssh'> {
  readonly ssh: SshCheck;
}
export type AnyProbe = { readonly [P in Prober]: Probe<P> }[Prober];

/** Every probe that the targets ask for. A module that does not exist is left out: the loader has refused it. */
export function bindProbes(
  targets: readonly ProbeTarget[],
  modules: Readonly<Record<string, Module>>,
): readonly AnyProbe[] {
  return targets.flatMap((target) =>
    target.modules.flatMap((use) => {
      const module = modules[use.module];
      return module ? [bindProbe(target, use.module, module, use.address ?? target.address)] : [];
    }),
  );
}

export function bindProbe(target: ProbeTarget, name: string, module: Module, address: string): AnyProbe {
  const common = { target, module: name, address, timeout: module.timeout };
  if (module.prober === 'ssh') {
    return { ...common, prober: module.prober, settings: sshCheckOf(module.settings, target.ssh) };
  }
  return { ...common, ...module };
}

export function probesBy<P extends Prober>(prober: P, probes: readonly AnyProbe[]): readonly Probe<P>[] {
  return probes.filter((probe): probe is Extract<AnyProbe, Probe<P>> => probe.prober === prober);
}

const hostOnly = /^(?!-)[A-Za-z0-9_.-]+$|^[0-9A-Fa-f:.]+(?:%[A-Za-z0-9_.-]+)?$/;
const withPort = /^(?:(?!-)[A-Za-z0-9_.-]+|\[[0-9A-Fa-f:.]+(?:%[A-Za-z0-9_.-]+)?\]):\d{1,5}$/;

/** Why a prober cannot probe such an address; undefined where it can. */
export function addressFault(prober: Prober, address: string): string | undefined {
  if (prober === 'icmp' || prober === 'ssh') {
    return hostOnly.test(address) ? undefined : 'expected a host name or an IP address';
  }
  if (prober === 'tcp') {
    return withPort.test(address) ? undefined : 'expected host:port, with brackets around an IPv6 address';
  }
  if (prober === 'dns') {
    return hostOnly.test(address) || withPort.test(address)
      ? undefined
      : 'expected a host name or an IP address, or host:port';
  }
  return httpFault(address);
}

/** The address is a label: no credentials may stand in it. */
function httpFault(address: string): string | undefined {
  const url = /^https?:\/\//i.test(address) ? address : `http://${address}`;
  if (!URL.canParse(url)) return 'expected an http:// or https:// URL, or a host';
  const { username, password } = new URL(url);
  return username === '' && password === ''
    ? undefined
    : 'expected a URL without credentials; put them into basic_auth';
}
