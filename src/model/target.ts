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

/** What an SSH probe does and expects. `Secret` is whatever the configuration keeps secrets as. */
export interface SshCheck<Secret = unknown> {
  readonly port: number;
  /** Without a user the probe ends after the host key, and logs in nowhere. */
  readonly username: string | undefined;
  /** Read at each login. */
  readonly privateKeyFile: string | undefined;
  readonly passphrase: Secret | undefined;
  /** The socket of an SSH agent. */
  readonly agent: string | undefined;
  /** The pinned host key, `SHA256:` and base64 as `ssh-keygen -l` prints it. */
  readonly hostKey: string | undefined;
  /** Run after the login; `exitCode` is what it must end with. */
  readonly command: string | undefined;
  readonly exitCode: number;
}

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
