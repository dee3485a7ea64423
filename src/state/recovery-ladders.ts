import type { Database, Row } from './database.ts';

/** One step that was tried. Times are ms since the epoch, as everywhere here. */
export interface TriedStep {
  readonly verdict: string;
  readonly action: string;
  readonly at: number;
  /** `skipped`: it could do nothing for this runner. */
  readonly outcome: 'started' | 'succeeded' | 'failed' | 'interrupted' | 'skipped';
  readonly reason: string;
}

/** How far the healing of one runner is. */
export interface LadderState {
  readonly runner: string;
  /** The verdict that it began with, and since when that held. */
  readonly verdict: string;
  readonly since: number;
  readonly steps: readonly TriedStep[];
  /** When a person was asked, and at which verdict. */
  readonly page: { readonly at: number; readonly verdict: string } | undefined;
  /** When all steps were used up. */
  readonly endedAt: number | undefined;
  /** Ladders in a row that did not help. */
  readonly failures: number;
  readonly quarantinedAt: number | undefined;
}

/** Somebody holds recovery back. Several may hold the same runner: each ends for itself. */
export interface Hold {
  /** Undefined: all of them. */
  readonly runner: string | undefined;
  readonly at: number;
  /** Undefined: until it is released. */
  readonly until: number | undefined;
  readonly by: string;
  readonly reason: string;
}

export interface RecoveryRuling {
  readonly runner: string;
  readonly verdict: string;
  readonly action: string;
  readonly outcome: string;
  readonly reason: string;
}

/** A decision, the same ones in a row as one. */
export interface NotedRuling extends RecoveryRuling {
  readonly firstAt: number;
  readonly lastAt: number;
  readonly count: number;
}

export interface LadderStore {
  get(runner: string): LadderState | undefined;
  all(): readonly LadderState[];
  put(state: LadderState): void;
  remove(runner: string): void;
  /** Marks steps that an earlier process left in the middle. */
  closeInterrupted(): void;
  /** Those in force. */
  holds(now: number): readonly Hold[];
  /** In the place of what the same one held of the runner before. */
  hold(hold: Hold): void;
  /** Everybody's, or with `by` one's own alone. Tells whether there was one. */
  release(runner: string | undefined, by?: string): boolean;
  note(ruling: RecoveryRuling, at: number): void;
  /** The newest first. */
  rulings(runner: string): readonly NotedRuling[];
  shift(ms: number): void;
  bound(now: number): void;
  transaction<T>(work: () => T): T;
}

/** Of one runner, and of all: names come from whoever may ask for recovery. */
const keptOfRunner = 100;
const keptInAll = 2000;
const keptHolds = 1000;
/** For all of them; no runner has the empty name. */
const everybody = '';

export function createLadderStore(database: Database): LadderStore {
  const get = (runner: string): LadderState | undefined =>
    database.all('SELECT ladder FROM recovery_ladder WHERE runner = ?', runner).map(ladderFrom)[0];
  const all = (): readonly LadderState[] =>
    database.all('SELECT ladder FROM recovery_ladder ORDER BY runner').map(ladderFrom);
  const put = (state: LadderState): void => {
    database.run(
      'INSERT INTO recovery_ladder (runner, ladder) VALUES (?1, ?2) ON CONFLICT (runner) DO UPDATE SET ladder = ?2',
      state.runner,
      JSON.stringify(state),
    );
  };
  const change = (edit: (state: LadderState) => LadderState): void =>
    database.transaction(() => {
      for (const state of all()) put(edit(state));
    });
  return {
    get,
    all,
    put,
    remove: (runner) => void database.run('DELETE FROM recovery_ladder WHERE runner = ?', runner),
    closeInterrupted: () => change((state) => ({ ...state, steps: state.steps.map(asInterrupted) })),
    ...holdsOver(database),
    ...rulingsOver(database),
    shift: (ms) => {
      const by = Math.round(ms);
      change((state) => movedBy(state, (at) => at + by));
      database.run('UPDATE recovery_hold SET at = at + ?1, until_at = until_at + ?1', by);
    },
    bound: (now) => change((state) => movedBy(state, (at) => Math.min(at, now))),
    transaction: database.transaction,
  };
}

function asInterrupted(step: TriedStep): TriedStep {
  return step.outcome === 'started'
    ? { ...step, outcome: 'interrupted', reason: 'Runnerwatch was stopped in the middle' }
    : step;
}

function movedBy(state: LadderState, move: (at: number) => number): LadderState {
  const optional = (at: number | undefined): number | undefined => (at === undefined ? undefined : move(at));
  return {
    ...state,
    since: move(state.since),
    steps: state.steps.map((step) => ({ ...step, at: move(step.at) })),
    page: state.page && { ...state.page, at: move(state.page.at) },
    endedAt: optional(state.endedAt),
    quarantinedAt: optional(state.quarantinedAt),
  };
}

/** Our own writing: JSON leaves out what is undefined. */
function ladderFrom({ ladder }: Row): LadderState {
  const { page, endedAt, quarantinedAt, ...rest } = JSON.parse(String(ladder)) as LadderState;
  return { ...rest, page, endedAt, quarantinedAt };
}

function holdsOver(database: Database): Pick<LadderStore, 'holds' | 'hold' | 'release'> {
  return {
    holds: (now) =>
      database
        .all('SELECT * FROM recovery_hold WHERE until_at IS NULL OR until_at > ? ORDER BY runner, at, by', now)
        .map(holdFrom),
    hold: ({ runner = everybody, at, until = null, by, reason }) =>
      database.transaction(() => {
        database.run('DELETE FROM recovery_hold WHERE until_at <= ?', at);
        const others = 'SELECT count(*) AS held FROM recovery_hold WHERE runner <> ? OR by <> ?';
        const [row] = database.all(others, runner, by);
        if (Number(row?.held) >= keptHolds) throw new Error(`there are ${keptHolds} pauses already; release some`);
        database.run(
          `INSERT INTO recovery_hold (runner, at, until_at, by, reason) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (runner, by) DO UPDATE SET at = ?2, until_at = ?3, reason = ?5`,
          ...[runner, at, until, by, reason],
        );
      }),
    release: (runner = everybody, by) =>
      database.run('DELETE FROM recovery_hold WHERE runner = ?1 AND by = coalesce(?2, by)', runner, by ?? null)
        .changes > 0,
  };
}

function holdFrom({ runner, at, until_at: until, by, reason }: Row): Hold {
  return {
    runner: runner === everybody ? undefined : String(runner),
    at: Number(at),
    until: typeof until === 'number' ? until : undefined,
    by: String(by),
    reason: String(reason),
  };
}

function rulingsOver(database: Database): Pick<LadderStore, 'note' | 'rulings'> {
  return {
    note: (ruling, at) => database.unsynced(() => database.transaction(() => note(database, ruling, at))),
    rulings: (runner) =>
      database.all('SELECT * FROM recovery_decision WHERE runner = ? ORDER BY id DESC', runner).map(rulingFrom),
  };
}

function note(database: Database, { runner, verdict, action, outcome, reason }: RecoveryRuling, at: number): void {
  const [last] = database.all('SELECT * FROM recovery_decision WHERE runner = ? ORDER BY id DESC LIMIT 1', runner);
  if (last && last.verdict === verdict && last.action === action && last.outcome === outcome) {
    const update = 'UPDATE recovery_decision SET reason = ?, last_at = ?, count = count + 1 WHERE id = ?';
    database.run(update, reason, at, Number(last.id));
    return;
  }
  database.run(
    `INSERT INTO recovery_decision (runner, verdict, action, outcome, reason, first_at, last_at, count)
       VALUES (?, ?, ?, ?, ?, ?, ?, 1)`,
    ...[runner, verdict, action, outcome, reason, at, at],
  );
  database.run(
    `DELETE FROM recovery_decision WHERE runner = ?1 AND id <=
       (SELECT id FROM recovery_decision WHERE runner = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)`,
    ...[runner, keptOfRunner],
  );
  database.run(
    'DELETE FROM recovery_decision WHERE id <= (SELECT id FROM recovery_decision ORDER BY id DESC LIMIT 1 OFFSET ?)',
    keptInAll,
  );
}

function rulingFrom(row: Row): NotedRuling {
  return {
    runner: String(row.runner),
    verdict: String(row.verdict),
    action: String(row.action),
    outcome: String(row.outcome),
    reason: String(row.reason),
    firstAt: Number(row.first_at),
    lastAt: Number(row.last_at),
    count: Number(row.count),
  };
}
