import type { Random } from './random.ts';
import type { Receiver } from './receiver.ts';
import type { Picture } from './victim.ts';

const groups = 20;
const partsPerGroup = 2;
/** At each step. */
interface Chances {
  readonly breaks: number;
  readonly heals: number;
}

interface Part {
  readonly group: string;
  readonly part: string;
  cycle: number;
  isBroken: boolean;
}

/** Parts that break and heal. Each time is an alert of its own, told by its `cycle`. */
export interface Scenario {
  picture(): Picture;
  /** Lets parts break and heal; what broke heals only after the receiver was told of it, so that its end is owed. */
  step(): void;
  /** No part breaks from now on. */
  wane(): void;
  /** Everything that ever broke. */
  readonly broke: readonly string[];
}

export function createScenario(
  random: Random,
  receiver: Pick<Receiver, 'hasSeen'>,
  { breaks, heals }: Chances = { breaks: 0.3, heals: 0.5 },
): Scenario {
  const broke: string[] = [];
  let isWaning = false;
  const parts: Part[] = Array.from({ length: groups * partsPerGroup }, (_, index) => ({
    group: `g${Math.floor(index / partsPerGroup)}`,
    part: `p${index % partsPerGroup}`,
    cycle: 0,
    isBroken: false,
  }));
  const nameOf = ({ group, part, cycle }: Part): string => `${group}/${part}/${cycle}`;

  function turn(part: Part): void {
    if (part.isBroken) {
      if (random.next() < heals && receiver.hasSeen('firing', nameOf(part))) part.isBroken = false;
    } else if (!isWaning && random.next() < breaks) {
      part.cycle++;
      part.isBroken = true;
      broke.push(nameOf(part));
    }
  }
  return {
    broke,
    picture: () => parts.filter(({ isBroken }) => isBroken).map(nameOf),
    step: () => parts.forEach(turn),
    wane: () => {
      isWaning = true;
    },
  };
}
