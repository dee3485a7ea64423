import type { Pattern } from '../../lib/regex.ts';
import type { SecretSource } from '../../lib/secret.ts';
import type { HostKeyPin } from '../../model/host-key.ts';

/** What an SSH probe does and expects. */
export interface SshCheck {
  readonly port: number;
  /** Without a user the probe ends after the host key, and logs in nowhere. */
  readonly username: string | undefined;
  /** Read at each probe. */
  readonly privateKeyFile: string | undefined;
  readonly passphrase: SecretSource | undefined;
  /** The socket of an SSH agent. */
  readonly agent: string | undefined;
  /** Any of these, and of the known_hosts file; with neither, the first key that is seen. */
  readonly hostKeys: readonly HostKeyPin[];
  readonly knownHostsFile: string | undefined;
  /** For how long, in ms, one key exchange and login counts; 0: each probe makes its own. */
  readonly handshakeInterval: number;
  /** Run after the login; `exitCode` is what it must end with. */
  readonly command: string | undefined;
  readonly exitCode: number;
  /** What is to be found in the first 64 KiB that the command prints to its standard output. */
  readonly expectOutput: Pattern | undefined;
}
