/** What a text exposition says. */
export interface Exposed {
  /** Family → type. */
  readonly types: ReadonlyMap<string, string>;
  /** `name{label="value",…}` with sorted labels, the empty ones left out as Prometheus does → value. */
  readonly series: ReadonlyMap<string, number>;
}

export function parseExposed(text: string): Exposed {
  const types = new Map<string, string>();
  const series = new Map<string, number>();
  for (const line of text.split('\n')) {
    const [, family, type] = /^# TYPE (\S+) (\S+)$/.exec(line) ?? [];
    if (family && type) types.set(family, type);
    const [, name, labels = '', value] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
    if (name !== undefined && !line.startsWith('#')) series.set(keyOf(name, labels), numberOf(value));
  }
  return { types, series };
}

function keyOf(name: string, labels: string): string {
  const pairs = [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, label, text]) => ({ label, text }));
  const kept = pairs.filter(({ text }) => text !== '').map(({ label, text }) => `${label}="${text}"`);
  return kept.length === 0 ? name : `${name}{${kept.sort().join(',')}}`;
}

function numberOf(text = ''): number {
  return text.endsWith('Inf') ? Number(text.replace('Inf', 'Infinity')) : Number(text);
}

export function nameOf(series: string): string {
  return series.split('{', 1)[0] ?? '';
}

/** Theirs, read between two readings of ours. */
export interface Round {
  readonly before: readonly Exposed[];
  readonly theirs: Exposed;
  readonly after: readonly Exposed[];
}

export interface Difference {
  /** Families that they have. */
  readonly families: number;
  readonly missingFamilies: readonly string[];
  readonly types: readonly string[];
  /** Series of the families that both have: theirs only, ours only, and of another value. */
  readonly missing: readonly string[];
  readonly extra: readonly string[];
  readonly values: readonly string[];
  /** Series whose values were compared. */
  readonly compared: number;
}

export interface DifferenceOptions {
  /** Families that are not looked at. */
  readonly ignore: RegExp;
  /** Families whose values tell of the exporter and not of the host. */
  readonly ownValues: RegExp;
  /** Families that reading itself changes, such as the count of open files, and by how much. */
  readonly disturbed: readonly { readonly family: RegExp; readonly by: number }[];
}

/**
 * Something that comes or goes between two readings is no difference, nor is a value that moved: a difference is one
 * that every round has.
 */
export function differenceOf(
  rounds: readonly Round[],
  { ignore, ownValues, disturbed }: DifferenceOptions,
): Difference {
  const types = new Map(rounds.flatMap(({ theirs }) => [...theirs.types]).filter(([name]) => !ignore.test(name)));
  const ownTypes = new Map(rounds.flatMap((round) => oursOf(round).flatMap((one) => [...one.types])));
  const seen = <T>(list: (round: Round) => readonly T[]): readonly T[] => inEach(rounds.map(list));
  const known = (series: string): boolean => ownTypes.has(nameOf(series)) && types.has(nameOf(series));
  const leeway = (series: string): number => disturbed.find(({ family }) => family.test(nameOf(series)))?.by ?? 0;
  const compared = (rounds[0] ? seriesOfBoth(rounds[0]) : []).filter((one) => known(one) && !ownValues.test(one));
  return {
    families: types.size,
    missingFamilies: [...types.keys()].filter((name) => !ownTypes.has(name)).sort(),
    types: [...types]
      .filter(([name, type]) => ownTypes.has(name) && ownTypes.get(name) !== type)
      .map(([name, type]) => `${name}: ${type}, ours ${ownTypes.get(name)}`),
    missing: seen((round) => [...round.theirs.series.keys()].filter((one) => known(one) && !hasOurs(round, one))),
    extra: seen((round) => oursAlways(round).filter((one) => known(one) && !round.theirs.series.has(one))),
    values: compared
      .filter((one) =>
        rounds.every((round) => !agrees(round, one, { type: types.get(nameOf(one)), leeway: leeway(one) })),
      )
      .map((one) => describeValues(one, rounds)),
    compared: compared.length,
  };
}

function oursOf({ before, after }: Round): readonly Exposed[] {
  return [...before, ...after];
}

function hasOurs(round: Round, series: string): boolean {
  return oursOf(round).some((one) => one.series.has(series));
}

function oursAlways(round: Round): readonly string[] {
  return inEach(oursOf(round).map(({ series }) => [...series.keys()]));
}

function seriesOfBoth(round: Round): readonly string[] {
  return oursAlways(round).filter((series) => round.theirs.series.has(series));
}

function inEach<T>([first = [], ...others]: readonly (readonly T[])[]): readonly T[] {
  const sets = others.map((list) => new Set(list));
  return first.filter((one) => sets.every((set) => set.has(one)));
}

/**
 * A value that was read between two others lies between them. A gauge may also have swung: as far beyond as it moved
 * within the round. What did not move at all must be the same, to the last digit but one of a double.
 */
function agrees(
  round: Round,
  series: string,
  { type, leeway }: { readonly type: string | undefined; readonly leeway: number },
): boolean {
  const value = round.theirs.series.get(series);
  const ours = oursOf(round).flatMap((one) => one.series.get(series) ?? []);
  if (value === undefined || ours.length === 0) return true;
  const low = Math.min(...ours);
  const high = Math.max(...ours);
  const beyond = (type === 'gauge' ? high - low : 0) + leeway + Math.abs(value) * 1e-12;
  return value >= low - beyond && value <= high + beyond;
}

function describeValues(series: string, rounds: readonly Round[]): string {
  const said = rounds.map((round) => {
    const [first, last] = [round.before[0], round.after.at(-1)].map((one) => one?.series.get(series));
    return `${round.theirs.series.get(series)} not within ${first} … ${last}`;
  });
  return `${series}: ${said.join('; ')}`;
}
