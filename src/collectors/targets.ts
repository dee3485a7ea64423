import { z } from 'zod';
import { nearestName } from '../lib/nearest.ts';
import type { ModuleUse, Target } from '../model/target.ts';
import { circleOf } from './depends.ts';
import { SshKeys } from './ssh-check.ts';

/** As the configuration gives them. */
export type ProbeTarget = Target<SshKeys>;

/** Names that the probes' own labels, or Prometheus, already use. */
const reservedLabels = [
  'target',
  'address',
  'module',
  'phase',
  'reason',
  'type',
  'fingerprint',
  'fingerprint_sha256',
  'subject',
  'issuer',
  'subjectalternative',
  'version',
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

const Use = z
  .union([
    z.string().min(1),
    z.strictObject({
      module: z.string().min(1).describe('Name of the module.'),
      address: z
        .string()
        .min(1)
        .max(2000)
        .optional()
        .describe("What it probes instead of the target's address: a URL for http, host:port for tcp."),
    }),
  ])
  .transform((use): ModuleUse => (typeof use === 'string' ? { module: use } : use));

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
      .array(Use)
      .min(1)
      .max(50)
      .refine(hasEachOnce, 'expected each module once, or with different addresses')
      .default([{ module: 'icmp' }])
      .describe('How it is probed: names of modules, or mappings of a module and the address that it probes.'),
    depends_on: z
      .array(z.string().min(1))
      .max(50)
      .default([])
      .describe('Names of targets without which this one cannot be reached, such as its gateway.'),
    labels: Labels.default({}).describe('Further labels of its metrics, at most 10.'),
    ssh: SshKeys.prefault({}).describe('What the prober ssh does here, key by key over what the module says.'),
  })
  .transform(({ depends_on, ...rest }): ProbeTarget => ({ ...rest, dependsOn: depends_on }));

function hasEachOnce(uses: readonly ModuleUse[]): boolean {
  return new Set(uses.map(({ module, address = '' }) => `${module} ${address}`)).size === uses.length;
}

/** The list `targets`, with each name once, and no dependency on a target that there is not. */
export const Targets = z
  .array(TargetEntry)
  .max(5000)
  .superRefine((targets, context) => {
    const names = new Set(targets.map(({ name }) => name));
    const seen = new Set<string>();
    const wrong = (path: PropertyKey[], message: string): void => context.addIssue({ code: 'custom', path, message });
    // An entry with a fault of its own comes here as it was written.
    for (const [index, { name, dependsOn = [] }] of targets.entries()) {
      if (seen.has(name)) wrong([index, 'name'], 'expected a name that no other target has');
      seen.add(name);
      for (const [place, other] of dependsOn.entries()) {
        const path = [index, 'depends_on', place];
        if (other === name) wrong(path, 'expected the name of another target');
        else if (!names.has(other)) wrong(path, `expected the name of a target${suggestion(other, [...names])}`);
      }
    }
    const circle = circleOf(targets.map(({ name, dependsOn = [] }) => ({ name, dependsOn }))) ?? [];
    const first = targets.findIndex(({ name }) => name === circle[0]);
    // A circle of one was said above.
    if (circle.length > 2)
      wrong([first, 'depends_on'], `expected no circle such as ${circle.slice(0, 20).join(' → ')}`);
  });

function suggestion(name: string, names: readonly string[]): string {
  const nearest = nearestName(name, names);
  return nearest === undefined ? '' : `; did you mean ${nearest}?`;
}
