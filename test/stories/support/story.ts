export interface Rule {
  readonly alert?: string;
  readonly record?: string;
  readonly expr: string;
  readonly for?: string;
  readonly keep_firing_for?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** A part of the routing file as it stands in YAML. */
type Settings = Readonly<Record<string, unknown>>;

export interface Story {
  /** The label `story` of its alerts; its targets begin with it. */
  readonly name: string;
  /** Last parts of the targets' names: `a` is the target `flap-a`. */
  readonly targets: readonly string[];
  readonly rules: readonly Rule[];
  /** Its routes, in order; each also asks for the story's label. One with the usual timing where absent. */
  readonly routes?: readonly Settings[];
  readonly inhibitRules?: readonly Settings[];
  /** What happens, on both sides at the same time; absent where the test itself tells it. */
  act?(stage: Stage): Promise<void>;
  /** What only Runnerwatch tells, as the last of all, by the statuses: the difference that docs/alertmanager.md lists. */
  readonly onlyOurs?: readonly ('firing' | 'resolved')[];
  /** Where the two may be further apart than usual, as docs/alertmanager.md lists. */
  readonly limitMs?: number;
}

/** What a story can do. */
export interface Stage {
  down(...targets: readonly string[]): void;
  up(...targets: readonly string[]): void;
  seconds(count: number): Promise<void>;
  /** Until both sides were told so often in this story. */
  told(count: number): Promise<void>;
  /** Whether the receivers of both sides refuse what they are told of the story. */
  deafen(isDeaf: boolean): void;
  /** Silences the alerts of the story with this target on both sides; gives what ends it. */
  silence(target: string): Promise<() => Promise<void>>;
}
