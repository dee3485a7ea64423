/**
 * A process that runs the alert engine over a picture that its parent shows it, until somebody kills it. It says
 * `loaded` when its code is there, begins with the first message, and then says `opening`, `running`.
 */
import { loadDocuments } from '../../../src/config/documents.ts';
import { loadConfig } from '../../../src/config/load.ts';
import { systemPorts } from '../../../src/config/ports.ts';
import { silentLog } from '../../../src/lib/log.ts';
import { gauge, sample } from '../../../src/model/sample.ts';
import { createHistory } from '../../../src/samples/history.ts';
import { createSelfMetrics } from '../../../src/samples/self.ts';
import { createEngine } from '../../../src/server/engine.ts';
import { openDatabase } from '../../../src/state/database.ts';
import { createOutbox } from '../../../src/state/outbox.ts';
import { type Deadly, deadlyDatabase, deadlySteps } from './deadly.ts';
import { scaledClock } from './scaled-clock.ts';

/** What is broken now: `group/part/cycle` of each. */
export type Picture = readonly string[];

export interface Begin {
  readonly folder: string;
  readonly base: number;
  readonly factor: number;
  readonly picture: Picture;
  readonly deadly?: Deadly;
  /** The step of the schema that kills. */
  readonly deadlyStep?: number;
}

const broken = gauge('broken', 'What is broken.', ['group', 'part', 'cycle']);
let picture: Picture = [];

function samples() {
  return picture.map((each) => {
    const [group = '', part = '', cycle = ''] = each.split('/');
    return sample(broken, { group, part, cycle }, 1);
  });
}

async function begin({ folder, base, factor, picture: first, deadly, deadlyStep }: Begin): Promise<void> {
  picture = first;
  const clock = scaledClock(base, factor);
  const ports = { ...systemPorts(), env: {}, cwd: folder };
  const { config } = await loadConfig(ports, `${folder}/runnerwatch.yml`);
  const documents = await loadDocuments(config, ports.readFile);
  process.send?.('opening');
  const opened = openDatabase(
    `${config.data_dir}/runnerwatch.db`,
    ...(deadlyStep === undefined ? [] : [deadlySteps(deadlyStep)]),
  );
  const database = deadly ? deadlyDatabase(opened, deadly) : opened;
  const ground = { clock, log: silentLog, userAgent: 'runnerwatch/test', audit: () => undefined, ...ports };
  const engine = createEngine(
    {
      ...{ config, documents, database },
      history: createHistory({ retentionMs: 0, maxSeries: 10_000, maxPoints: 1_000_000 }),
      self: createSelfMetrics({ version: 'test', nodeVersion: process.version }, createOutbox(database).pending),
      refresh: async () => undefined,
      shown: async () => samples(),
    },
    ground,
  );
  process.send?.('running');
  await engine.run(new AbortController().signal);
}

process.on('message', (message: Begin | Picture) => {
  if ('folder' in message) void begin(message);
  else picture = message;
});
process.on('disconnect', () => process.exit(0));
process.send?.('loaded');
