import type { ContainerDetails } from '../model/container.ts';
import type { Refused } from './request.ts';

/** What a runner is at GitHub beside its name. */
export interface Standing {
  readonly labels: readonly string[];
  readonly groupId: number;
}

const labelsLabel = 'runnerwatch.runner-labels';
const groupLabel = 'runnerwatch.runner-group';

/** GitHub's words for what Docker, in Go's words, runs on. */
const architectures: Readonly<Record<string, string>> = { amd64: 'X64', arm64: 'ARM64', arm: 'ARM', 386: 'X86' };

const label = /^[^\s,][^,]{0,255}$/;
/** GitHub takes no more for one runner. */
const most = 100;

/**
 * From the labels of the container, which whoever made it wrote: a job that is root in it cannot change them, and so
 * chooses neither the jobs that come to its runner nor the group. GitHub adds no labels of its own just in time.
 */
export function standingOf({ labels }: Pick<ContainerDetails, 'labels'>, architecture = ''): Standing | Refused {
  const own = (labels[labelsLabel] ?? '')
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '');
  const cpu = architectures[architecture];
  const usual = ['self-hosted', 'Linux', ...(cpu === undefined ? [] : [cpu])];
  const all = [...new Set([...usual, ...own])];
  const group = labels[groupLabel]?.trim() || '1';
  if (all.length > most || !all.every((one) => label.test(one))) {
    return malformed(
      `the label ${labelsLabel} of the container holds no labels, separated by commas: ${labels[labelsLabel]}`,
    );
  }
  if (!/^[1-9]\d{0,9}$/.test(group))
    return malformed(`the label ${groupLabel} of the container holds no number: ${group}`);
  return { labels: all, groupId: Number(group) };
}

function malformed(reason: string): Refused {
  return { outcome: 'malformed', reason };
}
