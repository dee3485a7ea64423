import { z } from 'zod';
import { compileAnchored } from '../../lib/regex.ts';
import { Duration } from '../../lib/schema.ts';
import type { Exclude, HostView } from './part.ts';
import { hostParts } from './parts.ts';

/** What node_exporter leaves out by default: kernel filesystems, container layers, partitions and RAM disks. */
const defaults = {
  mountPoints: '^/(dev|proc|run/credentials/.+|sys|var/lib/docker/.+|var/lib/containers/storage/.+)($|/)',
  fsTypes: `^(${[
    'autofs|binfmt_misc|bpf|cgroup2?|configfs|debugfs|devpts|devtmpfs|erofs|fusectl|hugetlbfs|iso9660',
    'mqueue|nsfs|overlay|proc|procfs|pstore|rpc_pipefs|securityfs|selinuxfs|squashfs|sysfs|tracefs',
  ].join('|')})$`,
  disks: '^(z?ram|loop|fd|(h|s|v|xv)d[a-z]|nvme\\d+n\\d+p)\\d+$',
} as const;

const Pattern = z
  .string()
  .max(2000)
  .refine((pattern) => compiles(pattern), 'expected a regular expression in RE2 syntax');

const AbsolutePath = z.string().regex(/^\//, 'expected an absolute path');

export const HostConfig = z.strictObject({
  enabled: z.boolean().default(true).describe('Run this collector.'),
  timeout: Duration.prefault('5s').describe('How long one collection may take.'),
  path: z
    .strictObject({
      procfs: AbsolutePath.default('/proc').describe("Where the host's /proc is mounted."),
      sysfs: AbsolutePath.default('/sys').describe("Where the host's /sys is mounted."),
      rootfs: AbsolutePath.default('/').describe("Where the host's / is mounted."),
    })
    .prefault({})
    .describe("The host's trees, for a container that sees them elsewhere."),
  filesystem: z
    .strictObject({
      mount_points_exclude: Pattern.default(defaults.mountPoints).describe('Mount points to leave out.'),
      fs_types_exclude: Pattern.default(defaults.fsTypes).describe('Types of filesystems to leave out.'),
    })
    .prefault({})
    .describe('What counts as a filesystem.'),
  diskstats: z
    .strictObject({ device_exclude: Pattern.default(defaults.disks).describe('Disks to leave out.') })
    .prefault({})
    .describe('What counts as a disk.'),
  disable: z
    .array(z.enum(hostParts.map(({ name }) => name)))
    .default([])
    .describe('Parts to leave out, by the names of `node_scrape_collector_success`.'),
  netdev: z
    .strictObject({ device_exclude: Pattern.default('').describe('Network devices to leave out; empty for none.') })
    .prefault({})
    .describe('What counts as a network device.'),
});
export type HostConfig = z.output<typeof HostConfig>;

/** node_exporter's patterns match anywhere in the text unless they anchor themselves. */
function unanchored(pattern: string): Exclude {
  return compileAnchored(`.*(?:${pattern}).*`);
}

function compiles(pattern: string): boolean {
  try {
    unanchored(pattern);
    return true;
  } catch {
    return false;
  }
}

export function excludesOf(config: HostConfig): HostView['exclude'] {
  return {
    mountPoints: createExclude(config.filesystem.mount_points_exclude),
    fsTypes: createExclude(config.filesystem.fs_types_exclude),
    disks: createExclude(config.diskstats.device_exclude),
    interfaces: createExclude(config.netdev.device_exclude),
  };
}

const maxRemembered = 2_000;

/** Remembers its answers: a host with 200 containers shows the same 600 mounts at each scrape. */
function createExclude(pattern: string): Exclude {
  if (pattern === '') return () => false;
  const matches = unanchored(pattern);
  const answers = new Map<string, boolean>();
  return (text) => {
    const answer = answers.get(text) ?? matches(text);
    if (answers.size >= maxRemembered) answers.clear();
    answers.set(text, answer);
    return answer;
  };
}
