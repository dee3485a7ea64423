/** Between the runners and GitHub, in the order of the way: a nameserver may stand on either side of the WAN. */
export const hops = ['gateway', 'wan', 'dns', 'github'] as const;
export type Hop = (typeof hops)[number];

/** What was found of a hop. */
export interface HopCheck {
  readonly up: boolean;
  /** One sentence on why it is down. */
  readonly reason: string | undefined;
}

/** Hops that are not on this way, or of which nothing could be found out, are absent. */
export type HopChecks = Readonly<Partial<Record<Hop, HopCheck>>>;

export interface PathRecord {
  /** Whether each hop answers, or something that is only reached through it. */
  readonly up: ReadonlyMap<Hop, boolean>;
  readonly brokenAt: Hop | undefined;
  readonly sentence: string | undefined;
}

/** What cannot answer unless the hop works, even where the hop itself keeps silent, as gateways may. */
const beyond: Readonly<Record<Hop, readonly Hop[]>> = {
  gateway: ['wan', 'github'],
  wan: ['github'],
  dns: ['github'],
  github: [],
};

/** Which hop is the first that is down: what lies behind it cannot be judged. */
export function recordOf(checks: HopChecks): PathRecord {
  const known = hops.filter((hop) => checks[hop] !== undefined);
  const up = new Map(known.map((hop) => [hop, [hop, ...beyond[hop]].some((other) => checks[other]?.up === true)]));
  const brokenAt = known.find((hop) => up.get(hop) === false);
  return { up, brokenAt, sentence: brokenAt && checks[brokenAt]?.reason };
}
