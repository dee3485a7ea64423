import { z } from 'zod';
import { Secret } from '../lib/schema.ts';
import type { SecretSource } from '../lib/secret.ts';
import type { SshCheck } from '../model/target.ts';

/** What a module says of ssh, and what a target says over it, key by key; hence no key has a default here. */
export const SshKeys = z.strictObject({
  port: z.int().min(1).max(65_535).optional().describe('Port of the SSH server; by default 22.'),
  username: z.string().min(1).max(100).optional().describe('Who logs in; without it the probe ends at the host key.'),
  private_key_file: z.string().min(1).optional().describe('Private key to log in with; read again at each login.'),
  passphrase: Secret.optional().describe('Passphrase of the private key.'),
  agent: z.string().min(1).optional().describe('Socket of an SSH agent to log in with, such as /run/ssh-agent.sock.'),
  host_key: z
    .string()
    .regex(/^SHA256:[A-Za-z0-9+/]{43}$/, 'expected a fingerprint such as SHA256:… from ssh-keygen -lf')
    .optional()
    .describe('Fingerprint that the host key must have; another key fails the probe before any login.'),
  command: z.string().min(1).max(4096).optional().describe('Command to run after the login.'),
  exit_code: z.int().min(0).max(255).optional().describe('Exit code that the command must end with; by default 0.'),
});
export type SshKeys = z.output<typeof SshKeys>;

/** A module's keys with a target's over them, and the defaults of what neither says. */
export function sshCheckOf(module: SshKeys, target: SshKeys = {}): SshCheck<SecretSource> {
  const keys = { ...module, ...target };
  return {
    port: keys.port ?? 22,
    username: keys.username,
    privateKeyFile: keys.private_key_file,
    passphrase: keys.passphrase,
    agent: keys.agent,
    hostKey: keys.host_key,
    command: keys.command,
    exitCode: keys.exit_code ?? 0,
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
  if (keys.username !== undefined) return faults;
  const needUser = (['private_key_file', 'agent', 'command'] as const).filter((key) => keys[key] !== undefined);
  return [...faults, ...needUser.map((key) => ({ key, message: 'expected a username beside it' }))];
}
