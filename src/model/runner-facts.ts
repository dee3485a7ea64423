/** What a runner's health check says in words, and which words there are. */
export const factWords = {
  state: ['healthy', 'degraded', 'unhealthy'],
  session: ['good', 'connecting', 'gone', 'conflict', 'deprecated', 'unknown'],
  reason: [
    ...['not-registered', 'programs-changed', 'registration-gone', 'session-conflict', 'version-deprecated'],
    ...['waiting', 'killed', 'ended'],
  ],
} as const;
type WordFact = keyof typeof factWords;

/** What it says with 1 or 0. */
const factFlags = ['listener', 'worker', 'egress', 'github_token', 'decoy_touched'] as const;
type FlagFact = (typeof factFlags)[number];

/** What it counts or measures, in the unit of its name. */
const factNumbers = [
  'exit_code',
  'session_age_seconds',
  'disk_free_bytes',
  'disk_free_inodes',
  'made_room_bytes',
  'clock_skew_seconds',
  'agent_id',
] as const;
type NumberFact = (typeof factNumbers)[number];

/** A fact that was not printed, or not as expected, is not there. */
export interface RunnerFacts {
  readonly words: ReadonlyMap<WordFact, string>;
  readonly flags: ReadonlyMap<FlagFact, boolean>;
  readonly numbers: ReadonlyMap<NumberFact, number>;
}

/** Whether the check itself says that the runner is not well: Docker may still wait for its retries. */
export function saysUnhealthy(output: string): boolean {
  return factsOf(output).words.get('state') === 'unhealthy';
}

const pair = /(?<=^|\s)([a-z_]+)=([a-z0-9.-]{1,32})(?=\s|$)/g;

/** The `state=healthy listener=1 …` that compose/runner/health-check.sh prints. */
export function factsOf(output: string): RunnerFacts {
  const said = new Map([...output.matchAll(pair)].map(([, name = '', value = '']) => [name, value]));
  const words = Object.entries(factWords).flatMap(([name, known]): (readonly [WordFact, string])[] => {
    const word = known.find((one) => one === said.get(name));
    return word === undefined ? [] : [[name as WordFact, word]];
  });
  const flags = factFlags.flatMap((name): (readonly [FlagFact, boolean])[] =>
    /^[01]$/.test(said.get(name) ?? '') ? [[name, said.get(name) === '1']] : [],
  );
  const numbers = factNumbers.flatMap((name): (readonly [NumberFact, number])[] =>
    /^-?\d{1,15}$/.test(said.get(name) ?? '') ? [[name, Number(said.get(name))]] : [],
  );
  return { words: new Map(words), flags: new Map(flags), numbers: new Map(numbers) };
}
