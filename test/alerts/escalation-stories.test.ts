import fc from 'fast-check';
import { expect, it } from 'vitest';
import { alertStatus, type Notification } from '../../src/model/alert.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { alert, type House, openHouse, start } from './support/house.ts';

/** The same stories on every run, so that one that fails can be looked at. */
const seed = 20_261_125;

const waits: Readonly<Record<string, number>> = { chat: 0, mail: 300_000, page: 900_000 };
const routing = `
route: { receiver: nobody, group_by: [alertname] }
receivers:
  - { name: nobody }
${Object.keys(waits)
  .map((name) => `  - { name: ${name}, webhook_configs: [{ url: "http://${name}/" }] }`)
  .join('\n')}
`;
const steps = Object.entries(waits).map(([receiver, ms]) => ({ after: `${ms / 1000}s`, receiver }));
const escalations = [{ name: 'critical', matchers: ['severity=critical'], steps }];

/** What is true of one alert. Two share a group, one is alone. */
interface Truth {
  readonly labels: Readonly<Record<string, string>>;
  startsAt: number;
  /** Undefined while it fires. */
  endedAt: number | undefined;
  isAcknowledged: boolean;
  /** Since when nothing but its age keeps it from being told. */
  freeSince: number;
}

const sayEveryMs = 15_000;
/** One turn of a group and one saying, and a bit. */
const slackMs = 80_000;
/** As long as rules say what has ended. */
const saidAfterMs = 900_000;

const event = fc.record({
  what: fc.oneof(
    { weight: 7, arbitrary: fc.constant('change' as const) },
    { weight: 2, arbitrary: fc.constant('acknowledge' as const) },
    { weight: 1, arbitrary: fc.constant('take back' as const) },
    { weight: 1, arbitrary: fc.constant('restart' as const) },
  ),
  index: fc.integer({ min: 0, max: 2 }),
  turns: fc.oneof({ weight: 3, arbitrary: fc.integer({ min: 1, max: 6 }) }, fc.integer({ min: 1, max: 60 })),
});

type Event = { readonly what: string; readonly index: number; readonly turns: number };

interface World {
  readonly clock: FakeClock;
  readonly truths: readonly Truth[];
  /** `mail 0`: who holds which alert for firing. */
  readonly told: Set<string>;
  /** The promises that were broken. */
  readonly faults: string[];
}

function createWorld(): World {
  const truths = ['Down', 'Down', 'Other'].map((alertname, index): Truth => {
    const labels = { alertname, severity: 'critical', index: `${index}` };
    return { labels, startsAt: start, endedAt: start - saidAfterMs, isAcknowledged: false, freeSince: start };
  });
  return { clock: new FakeClock(start), truths, told: new Set(), faults: [] };
}

function hear({ truths, told, faults }: World, { alerts, at, receiver }: Notification): void {
  for (const each of alerts) {
    const who = `${receiver} ${each.labels.index}`;
    const knows = told.has(who);
    if (alertStatus(each, at) === 'resolved') {
      if (!told.delete(who)) faults.push(`${who}: was told of an end without a beginning`);
      continue;
    }
    told.add(who);
    const isEarly = at < each.startsAt + (waits[receiver] ?? 0);
    if (!knows && isEarly) faults.push(`${who}: was told too early`);
    if (!knows && truths[Number(each.labels.index)]?.isAcknowledged)
      faults.push(`${who}: was told though acknowledged`);
  }
}

/** As rules do: what fires, and for a while what has ended. */
function say({ clock, truths }: World, { dispatcher }: House): void {
  const now = clock.now();
  const said = truths.filter(({ endedAt }) => endedAt === undefined || now - endedAt < saidAfterMs);
  dispatcher.accept(
    said.map(({ labels, startsAt, endedAt }) => alert(labels, { startsAt, endsAt: endedAt ?? now + 240_000 })),
  );
}

function look({ clock, truths, told, faults }: World): void {
  const late = clock.now() - slackMs;
  for (const { labels, startsAt, endedAt, isAcknowledged, freeSince } of truths) {
    for (const [receiver, wait] of Object.entries(waits)) {
      const who = `${receiver} ${labels.index}`;
      const isDue = endedAt === undefined && !isAcknowledged && late > Math.max(startsAt + wait, freeSince);
      const isOver = endedAt !== undefined && late > Math.max(endedAt, freeSince);
      if (isDue && !told.has(who)) faults.push(`${who}: was not told`);
      if (isOver && told.has(who)) faults.push(`${who}: was not told of the end`);
    }
  }
}

function change(truth: Truth, now: number): void {
  const isFiring = truth.endedAt === undefined;
  if (isFiring) Object.assign(truth, { endedAt: now, isAcknowledged: false });
  else Object.assign(truth, { startsAt: now, endedAt: undefined, freeSince: now });
}

function acknowledge(truth: Truth, { dispatcher }: House): void {
  if (truth.endedAt !== undefined) return;
  const { fingerprint } = alert(truth.labels);
  const taken = dispatcher.escalation.acknowledging.take({ fingerprint }, { by: 'me', comment: '' });
  truth.isAcknowledged = taken?.length === 1;
}

function takeBack(truth: Truth, { dispatcher }: House, now: number): void {
  const { fingerprint } = alert(truth.labels);
  const isTaken = dispatcher.escalation.acknowledging.takeBack(fingerprint);
  if (isTaken) Object.assign(truth, { isAcknowledged: false, freeSince: now });
}

/** Plays the events, and returns the first promise that was broken. */
async function play(events: readonly Event[]): Promise<string | undefined> {
  const world = createWorld();
  const { clock, truths, faults } = world;
  const answer = (notification: Notification) => {
    hear(world, notification);
    return { ok: true as const };
  };
  let house = openHouse({ routing, escalations, clock, answer });
  for (const { what, index, turns } of events) {
    const truth = truths[index] as Truth;
    if (what === 'change') change(truth, clock.now());
    if (what === 'acknowledge') acknowledge(truth, house);
    if (what === 'take back') takeBack(truth, house, clock.now());
    if (what === 'restart') {
      await house.stop();
      await clock.advance(turns * 5000);
      house = openHouse({ routing, escalations, clock, answer, database: house.database });
      for (const each of truths) each.freeSince = clock.now();
    }
    say(world, house);
    for (let turn = 0; turn < turns && faults.length === 0; turn++) {
      await clock.advance(sayEveryMs);
      say(world, house);
      look(world);
    }
  }
  await house.stop();
  return faults[0];
}

it('keeps its promises whatever alerts, people and restarts do', { timeout: 120_000 }, async () => {
  const stories = fc.array(event, { minLength: 20, maxLength: 50 });
  const property = fc.asyncProperty(stories, async (events) => {
    expect(await play(events)).toBeUndefined();
  });
  await fc.assert(property, { seed, numRuns: 30 });
});
