/**
 * A process that takes an alert, flushes it and sends it, until somebody ends it: `node enqueue.ts <state> <port> <names>`.
 * It says `enqueued` when the notifications are on their way, and `settled` after each answer.
 */
import { createDelivery } from '../../../src/alerts/deliver.ts';
import { createDispatcher } from '../../../src/alerts/dispatch.ts';
import { loadRouting } from '../../../src/alerts/routing.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import { createHttpClient } from '../../../src/lib/http.ts';
import { silentLog } from '../../../src/lib/log.ts';
import { openDatabase } from '../../../src/state/database.ts';
import { alert } from './house.ts';

const [, , path = '', port = '', accept = ''] = process.argv;
const routing = loadRouting(
  'alertmanager.yml',
  `
route: { receiver: team, group_by: [alertname], group_wait: 0s }
receivers: [{ name: team, webhook_configs: [{ url: "http://127.0.0.1:${port}/" }] }]
`,
);
const database = openDatabase(path);
const parts = { routing, database, clock: systemClock, log: silentLog };
const receivers = {
  http: createHttpClient(systemClock),
  clock: systemClock,
  externalURL: 'http://rw/',
  userAgent: 'runnerwatch/test',
  readFile: () => Promise.reject(new Error('no file')),
};
const counters = { sent: () => process.stdout.write('settled\n') };
const delivery = createDelivery({ ...parts, receivers, counters, random: Math.random });
const dispatcher = createDispatcher({ ...parts, delivery });
const signal = new AbortController().signal;
const loops = Promise.all([delivery.run(signal), dispatcher.run(signal)]);
dispatcher.accept(accept.split(',').map((alertname) => alert({ alertname }, { endsAt: Date.now() + 3_600_000 })));
process.stdout.write('enqueued\n');
await loops;
