import { numberOf } from './part.ts';

export const mdStates = ['active', 'inactive', 'recovering', 'resync', 'check'] as const;

/** One RAID array of /proc/mdstat; blocks of 1 KiB. */
export interface MdArray {
  readonly device: string;
  readonly state: (typeof mdStates)[number];
  readonly disks: { readonly active: number; readonly failed: number; readonly spare: number };
  readonly disksRequired: number;
  readonly blocks: number;
  readonly blocksSynced: number;
}

/** The word that says what the kernel does with an array, in the lines below it. */
const activities = { recovery: 'recovering', reshape: 'recovering', resync: 'resync', check: 'check' } as const;

/**
 * `md0 : active raid1 sdb1[1] sda1[0](F)`, then `5855680 blocks super 1.2 [2/1] [U_]`, then perhaps a bar and
 * `recovery = 12.6% (998528/7928928) …`. What has no blocks, or is cut off, is left out.
 */
export function parseMdstat(text: string): readonly MdArray[] {
  const blocks = text.split(/\n(?=\S)/);
  return blocks.flatMap((block) => {
    const [head = '', size = '', ...rest] = block.split('\n');
    const [, device, activity, members = ''] = /^(md\S+) : (\w+) (.*)$/.exec(head) ?? [];
    const total = numberOf(/^\s*(\d+) blocks/.exec(size)?.[1]);
    if (device === undefined || total === undefined || rest.length === 0) return [];
    const progress = rest.join('\n');
    const state = activity === 'inactive' ? 'inactive' : stateOf(progress);
    const synced = state === 'active' || state === 'inactive' ? total : syncedOf(progress);
    return [{ device, state, ...membersOf(members, size, state), blocks: total, blocksSynced: synced }];
  });
}

function stateOf(progress: string): MdArray['state'] {
  const [, activity] = /\b(recovery|reshape|resync|check)\s*=/.exec(progress) ?? [];
  return activity === undefined ? 'active' : activities[activity as keyof typeof activities];
}

/** Nothing where the kernel only waits for its turn: `resync=DELAYED`. */
function syncedOf(progress: string): number {
  return numberOf(/\((\d+)\/\d+\)/.exec(progress)?.[1]) ?? 0;
}

/** `[3/2]`: disks that the array needs, and those that work. (F) has failed, (S) is spare. */
function membersOf(members: string, size: string, state: MdArray['state']) {
  const [, required, working] = /\[(\d+)\/(\d+)\]/.exec(size) ?? [];
  const failed = members.match(/\(F\)/g)?.length ?? 0;
  const spare = members.match(/\(S\)/g)?.length ?? 0;
  // A linear array or a stripe has no such count: it needs all that it has.
  const count = state === 'inactive' ? 0 : (members.match(/\[\d+\]/g)?.length ?? 0) - failed - spare;
  return {
    disksRequired: Number(required ?? count),
    disks: { active: Number(working ?? count), failed, spare },
  };
}
