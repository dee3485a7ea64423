import { z } from 'zod';
import { Secret } from '../lib/schema.ts';
import type { SecretSource } from '../lib/secret.ts';
import { type Target, targetModules } from '../model/target.ts';

/** Names that the probes' own labels, or Prometheus, already use. */
const reservedLabels = [
  'target',
  'address',
  'module',
  'phase',
  'reason',
  'type',
  'fingerprint',
  'job',
  'instance',
] as const;

const labelName = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/** Host names (with the underscores that Compose services may have), IPv4, IPv6 with an optional zone. */
const address = /^(?!-)[A-Za-z0-9_.-]+$|^[0-9A-Fa-f:.]+(?:%[A-Za-z0-9_.-]+)?$/;

const Labels = z.record(z.string(), z.string().max(200)).superRefine((labels, context) => {
  const names = Object.keys(labels);
  if (names.length > 10) context.addIssue({ code: 'custom', message: 'expected at most 10 labels' });
  for (const name of names) {
    const message = faultOf(name);
    if (message) context.addIssue({ code: 'custom', path: [name], message });
  }
});

function faultOf(name: string): string | undefined {
  if (!labelName.test(name) || name.startsWith('__')) {
    return 'expected a label name of letters, digits and underscores that does not begin with a digit or with __';
  }
  if (reservedLabels.some((reserved) => reserved === name)) {
    return `expected a label name other than ${reservedLabels.join(', ')}: the probes and Prometheus use these`;
  }
  return undefined;
}

const Ssh = z
  .strictObject({
    port: z.int().min(1).max(65_535).default(22).describe('Port of the SSH server.'),
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
    exit_code: z.int().min(0).max(255).default(0).describe('Exit code that the command must end with.'),
  })
  .superRefine((ssh, context) => {
    const hasLogin = ssh.private_key_file !== undefined || ssh.agent !== undefined;
    const wrong = (key: string, message: string): void => context.addIssue({ code: 'custom', path: [key], message });
    if (ssh.username !== undefined && !hasLogin) wrong('username', 'expected private_key_file or agent beside it');
    if (ssh.passphrase !== undefined && !ssh.private_key_file)
      wrong('passphrase', 'expected private_key_file beside it');
    if (ssh.username !== undefined) return;
    for (const key of ['private_key_file', 'agent', 'command'] as const) {
      if (ssh[key] !== undefined) wrong(key, 'expected a username beside it');
    }
  });

/** One entry of `targets[]`. */
const TargetEntry = z
  .strictObject({
    name: z.string().min(1).max(100).describe('Name of the target, the label `target` of its metrics. Unique.'),
    address: z
      .string()
      .max(253)
      .regex(address, 'expected a host name or an IP address')
      .describe('Host name or IP address.'),
    modules: z
      .array(z.enum(targetModules))
      .min(1)
      .refine((modules) => new Set(modules).size === modules.length, 'expected each module once')
      .default(['icmp'])
      .describe('How it is probed: icmp, ssh or both.'),
    labels: Labels.default({}).describe('Further labels of its metrics, at most 10.'),
    ssh: Ssh.prefault({}).describe('What the module ssh does.'),
  })
  .transform(
    ({ ssh, ...rest }): Target<SecretSource> => ({
      ...rest,
      ssh: {
        port: ssh.port,
        username: ssh.username,
        privateKeyFile: ssh.private_key_file,
        passphrase: ssh.passphrase,
        agent: ssh.agent,
        hostKey: ssh.host_key,
        command: ssh.command,
        exitCode: ssh.exit_code,
      },
    }),
  );

/** The list `targets`, with each name once. */
export const Targets = z
  .array(TargetEntry)
  .max(5000)
  .superRefine((targets, context) => {
    const seen = new Set<string>();
    for (const [index, { name }] of targets.entries()) {
      if (seen.has(name)) {
        context.addIssue({
          code: 'custom',
          path: [index, 'name'],
          message: 'expected a name that no other target has',
        });
      }
      seen.add(name);
    }
  });
