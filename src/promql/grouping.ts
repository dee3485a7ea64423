import { type Labels, labelValue } from '../model/labels.ts';
import type { AggregateExpr } from './ast.ts';
import { remembered } from './remembered.ts';
import { formatDecimal, keyOf, type VectorSample, withoutName } from './value.ts';

/** The elements that agree in the grouping's labels, and those labels. */
export interface Group {
  readonly labels: Labels;
  readonly samples: readonly VectorSample[];
}

type Grouping = Pick<AggregateExpr, 'labels' | 'without'>;

/** Which labels stay of an element, made once per grouping and label set. */
const reductions: (grouping: Grouping) => (labels: Labels) => Labels = remembered(({ labels: names, without }) => {
  const listed = new Set(names);
  return remembered((labels) => (without ? dropped(labels, listed) : kept(labels, names)));
});

/** Elements of one key end in one group whose order is that of its first element. */
export function grouped(grouping: Grouping, samples: readonly VectorSample[]): readonly Group[] {
  const reduce = reductions(grouping);
  const groups = new Map<string, Group & { readonly samples: VectorSample[] }>();
  for (const sample of samples) {
    const labels = reduce(sample.labels);
    const key = keyOf(labels);
    const group = groups.get(key);
    if (group) group.samples.push(sample);
    else groups.set(key, { labels, samples: [sample] });
  }
  return [...groups.values()];
}

/** `count_values`: every element gets its value as a label first, by which it is grouped then. */
export function groupedByValue(
  { labels: names, without }: Grouping,
  name: string,
  samples: readonly VectorSample[],
): readonly Group[] {
  const valued = samples.map((sample) => ({
    ...sample,
    labels: { ...sample.labels, [name]: formatDecimal(sample.value) },
  }));
  return grouped({ labels: without ? names : [...names, name], without }, valued);
}

function kept(labels: Labels, names: readonly string[]): Labels {
  const found: Record<string, string> = {};
  for (const name of names) {
    const value = labelValue(labels, name);
    if (value) found[name] = value;
  }
  return found;
}

function dropped(labels: Labels, listed: ReadonlySet<string>): Labels {
  return Object.fromEntries(Object.entries(withoutName(labels)).filter(([name]) => !listed.has(name)));
}
