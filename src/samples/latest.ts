import type { Sample } from '../model/sample.ts';
import { nextPicture, seriesKey } from './picture.ts';

/** The newest picture of every source (a collector), free of duplicates within and across sources. */
export interface Latest {
  /** Takes the whole picture of one source: what is not in it is gone. Of equal label sets the first stays. */
  replace(source: string, samples: readonly Sample[]): { readonly duplicates: number };
  of(source: string): readonly Sample[];
  forget(source: string): void;
  /** In the order in which the sources first came; where two sources say the same series, the first one's stays. */
  all(): readonly Sample[];
}

interface Picture {
  readonly samples: readonly Sample[];
  readonly families: ReadonlySet<string>;
}

export function createLatest(): Latest {
  const pictures = new Map<string, Picture>();
  let joined: readonly Sample[] | undefined;
  return {
    replace(source, samples) {
      const kept = nextPicture(pictures.get(source)?.samples ?? [], samples);
      pictures.set(source, { samples: kept, families: new Set(kept.map(({ metric }) => metric.name)) });
      joined = undefined;
      return { duplicates: samples.length - kept.length };
    },
    of: (source) => pictures.get(source)?.samples ?? [],
    forget(source) {
      pictures.delete(source);
      joined = undefined;
    },
    all() {
      joined ??= join([...pictures.values()]);
      return joined;
    },
  };
}

/** Only families that several sources share can hold duplicates here; comparing the rest would cost for nothing. */
function join(pictures: readonly Picture[]): readonly Sample[] {
  const seen = new Set<string>();
  const shared = new Set<string>();
  for (const name of pictures.flatMap(({ families }) => [...families])) (seen.has(name) ? shared : seen).add(name);
  const all = pictures.flatMap(({ samples }) => samples);
  if (shared.size === 0) return all;
  const isShared = ({ metric }: Sample): boolean => shared.has(metric.name);
  const first = new Map(
    all
      .filter(isShared)
      .map((sample) => [seriesKey(sample), sample] as const)
      .reverse(),
  );
  return all.filter((sample) => !isShared(sample) || first.get(seriesKey(sample)) === sample);
}
