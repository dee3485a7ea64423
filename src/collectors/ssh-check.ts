import { z } from 'zod';
import { Duration, Regexp, Secret } from '../lib/schema.ts';
import type { HostKeyPin } from '../model/host-key.ts';
import type { SshCheck } from '../sources/ssh/check.ts';
import { parsePublicKey } from '../sources/ssh/known-hosts.ts';

const hostKeyError = 'expected a fingerprint such as SHA256:… from ssh-keygen -lf, or a key such as ssh-ed25519 AAAA…';

const HostKey = z
  .string(hostKeyError)
  .refine((text) => pinOf(text) !== undefined, hostKeyError)
  .transform((text): HostKeyPin => pinOf(text) ?? { type: undefined, fingerprint: text });

function pinOf(text: string): HostKeyPin | undefined {
  if (/^SHA256:[A-Za-z0-9+/]{43}$/.test(text)) return { type: undefined, fingerprint: text };
  return parsePublicKey(text);
}

/** What a module says of ssh, and what a target says over it, key by key; hence no key has a default here. */
export const SshKeys = z.strictObject({
  port: z.int().min(1).max(65_535).optional().describe('Port of the SSH server; by default 22.'),
  username: z.string().min(1).max(100).optional().describe('Who logs in; without it the probe ends at the host key.'),
  private_key_file: z.string().min(1).optional().describe('Private key to log in with; read again at each probe.'),
  passphrase: Secret.optional().describe('Passphrase of the private key.'),
  agent: z.string().min(1).optional().describe('Socket of an SSH agent to log in with, such as /run/ssh-agent.sock.'),
  host_key: z
    .union([HostKey.transform((pin): readonly HostKeyPin[] => [pin]), z.array(HostKey).min(1).max(20)], hostKeyError)
    .optional()
    .describe(
      'Fingerprint or public key that the host key must have, or a list of them; another key fails the probe before ' +
        'any login. Without it and known_hosts_file the first key that is seen is remembered, and another fails.',
    ),
  known_hosts_file: z
    .string()
    .min(1)
    .optional()
    .describe("OpenSSH's known_hosts with the host's keys, hashed names too; read again at each probe."),
  handshake_interval: Duration.optional().describe(
    'How long one connection serves: with a username, probes go over the one that is open; without, they ask for ' +
      "the server's identification alone. 0s makes every probe exchange keys and log in; by default 15m.",
  ),
  command: z.string().min(1).max(4096).optional().describe('Command to run after the login.'),
  exit_code: z.int().min(0).max(255).optional().describe('Exit code that the command must end with; by default 0.'),
  expect_output: Regexp.optional().describe('What is to be found in the first 64 KiB of what the command prints.'),
});
export type SshKeys = z.output<typeof SshKeys>;

const quarterHour = 900_000;

/** A module's keys with a target's over them, and the defaults of what neither says. */
export function sshCheckOf(module: SshKeys, target: SshKeys = {}): SshCheck {
  const keys = { ...module, ...target };
  return {
    port: keys.port ?? 22,
    username: keys.username,
    privateKeyFile: keys.private_key_file,
    passphrase: keys.passphrase,
    agent: keys.agent,
    hostKeys: keys.host_key ?? [],
    knownHostsFile: keys.known_hosts_file,
    handshakeInterval: keys.handshake_interval ?? quarterHour,
    command: keys.command,
    exitCode: keys.exit_code ?? 0,
    expectOutput: keys.expect_output,
  };
}

interface SshFault {
  readonly key: keyof SshKeys;
  readonly message: string;
}

/** Keys that make no sense without another: only to be seen where module and target are together. */
export function sshFaults(module: SshKeys, target: SshKeys = {}): readonly SshFault[] {
  const keys = { ...module, ...target };
  const hasLogin = keys.private_key_file !== undefined || keys.agent !== undefined;
  const faults: SshFault[] = [];
  if (keys.username !== undefined && !hasLogin) {
    faults.push({ key: 'username', message: 'expected private_key_file or agent beside it' });
  }
  if (keys.passphrase !== undefined && keys.private_key_file === undefined) {
    faults.push({ key: 'passphrase', message: 'expected private_key_file beside it' });
  }
  for (const key of ['exit_code', 'expect_output'] as const) {
    if (keys[key] !== undefined && keys.command === undefined) {
      faults.push({ key, message: 'expected a command beside it' });
    }
  }
  if (keys.username !== undefined) return faults;
  const needUser = (['private_key_file', 'agent', 'command'] as const).filter((key) => keys[key] !== undefined);
  return [...faults, ...needUser.map((key) => ({ key, message: 'expected a username beside it' }))];
}
