import type { Labels } from './labels.ts';

/** How something is probed; names and meaning are blackbox_exporter's, ssh is ours. */
export const probers = ['icmp', 'tcp', 'http', 'dns', 'ssh'] as const;
export type Prober = (typeof probers)[number];

/** Why a probe failed. A fixed list, because it is a label's values. */
export const probeFailures = [
  'dns',
  'refused',
  'unreachable',
  'timeout',
  'banner',
  'handshake',
  'host-key',
  'auth',
  'command',
] as const;
export type ProbeFailure = (typeof probeFailures)[number];

/** One entry of a target's `modules`. */
export interface ModuleUse {
  /** A key of `modules`. */
  readonly module: string;
  /** What this module probes instead of the target's address: a URL for http, `host:port` for tcp. */
  readonly address?: string | undefined;
}

/** A host of the private network that is probed. `Ssh` is what it says of its ssh, over what the module says. */
export interface Target<Ssh = unknown> {
  readonly name: string;
  /** A host name or an IP address, never an option of a command: it does not begin with `-`. */
  readonly address: string;
  readonly modules: readonly ModuleUse[];
  /** Names of the targets without which this one cannot be reached, such as its gateway. */
  readonly dependsOn: readonly string[];
  readonly labels: Labels;
  readonly ssh: Ssh;
}
