import type { Told } from './told.ts';

/** How one story went on both sides. */
export interface Verdict {
  readonly story: string;
  readonly notifications: number;
  /** The greatest time between the same notification of the two. */
  readonly greatestMs: number;
  /** One line for each notification that differs, or comes more than the limit apart. */
  readonly differences: readonly string[];
}

/** Compares group by group: the same notifications in the same order, each pair within the limit. */
export function compare(
  story: string,
  theirs: readonly Told[],
  { ours, limitMs }: { readonly ours: readonly Told[]; readonly limitMs: number },
): Verdict {
  const groups = [...new Set([...theirs, ...ours].map(({ group }) => group))];
  const pairs = groups.flatMap((group) => pairsOf(group, inGroup(theirs, group), inGroup(ours, group)));
  const apart = pairs.flatMap(({ their, our }) => (their && our ? [Math.abs(their.at - our.at)] : []));
  return {
    story,
    notifications: theirs.length,
    greatestMs: Math.max(0, ...apart),
    differences: pairs.flatMap((pair) => differenceOf(pair, limitMs) ?? []),
  };
}

interface Pair {
  readonly place: string;
  readonly their: Told | undefined;
  readonly our: Told | undefined;
}

function inGroup(told: readonly Told[], group: string): readonly Told[] {
  return told.filter((each) => each.group === group);
}

function pairsOf(group: string, theirs: readonly Told[], ours: readonly Told[]): readonly Pair[] {
  return Array.from({ length: Math.max(theirs.length, ours.length) }, (_, index) => ({
    place: `${group} #${index + 1}`,
    their: theirs[index],
    our: ours[index],
  }));
}

function differenceOf({ place, their, our }: Pair, limitMs: number): string | undefined {
  if (their?.said !== our?.said) return `${place}\n  theirs ${their?.said ?? '-'}\n  ours   ${our?.said ?? '-'}`;
  if (!their || !our || Math.abs(their.at - our.at) <= limitMs) return undefined;
  const seconds = ((our.at - their.at) / 1000).toFixed(1);
  return `${place} came ${seconds} s after theirs, expected at most ${limitMs / 1000} s between them`;
}

/** A table for whoever reads the test's output. */
export function tableOf(verdicts: readonly Verdict[]): string {
  const rows = verdicts.map(({ story, notifications, greatestMs, differences }) => [
    story,
    String(notifications),
    `${(greatestMs / 1000).toFixed(2)} s`,
    differences.length === 0 ? 'same' : `${differences.length} different`,
  ]);
  const all = [['story', 'notifications', 'greatest difference', 'verdict'], ...rows];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...all.map((row) => (row[column] ?? '').length)));
  return all
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
