import { createHistory } from '../../../src/samples/history.ts';
import { residentMiB } from '../measure.ts';
import { labelsOfAll, takeSamples } from './embedded.ts';
import { quiet, seriesCount } from './world.ts';

/** Prints the bytes of one series with so many points: what the process grew by, over its series. */
const points = Number(process.argv[2]);
const collect = globalThis.gc ?? (() => undefined);
collect();
const before = residentMiB(process.pid);
const history = createHistory({ retentionMs: 3_600_000, maxSeries: 100_000, maxPoints: 100_000_000 });
const world = labelsOfAll();
for (let turn = 1; turn <= points; turn++) {
  takeSamples(history, world, quiet, turn);
  // Two appends in one millisecond would be refused.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2);
}
collect();
const grown = (residentMiB(process.pid) - before) * 1024 * 1024;
if (history.stats().points !== points * seriesCount) throw new Error('the history refused points');
console.log(grown / seriesCount);
