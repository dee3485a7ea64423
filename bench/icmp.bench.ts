import { setTimeout as delay } from 'node:timers/promises';
import { mapBounded } from '../src/lib/loop.ts';
import { temporaryFolder } from '../test/support/processes.ts';
import { cpuSeconds, printTable, ratio } from './support/measure.ts';
import { type Subject, startExporter, startRunnerwatch } from './support/subject.ts';

/** One echo request per target every 15 s: here by ourselves, there by blackbox_exporter as Prometheus would ask it. */
const rounds = 4;
const everySeconds = 15;

function addresses(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `127.1.${index >> 8}.${index & 255}`);
}

async function during(subject: Subject, ask: () => Promise<unknown>): Promise<number> {
  const before = cpuSeconds(subject.pid);
  for (let round = 0; round < rounds; round++) await Promise.all([ask(), delay(everySeconds * 1000)]);
  return ((cpuSeconds(subject.pid) - before) * 60) / (rounds * everySeconds);
}

async function ours(count: number): Promise<number> {
  const targets = addresses(count).map((address) => ({ name: address, address }));
  const icmp = { interval: `${everySeconds}s`, count: 1 };
  await using subject = await startRunnerwatch({
    targets,
    collectors: { icmp },
    docker: { host: 'unix:///nonexistent' },
  });
  return await during(subject, () => subject.scrape());
}

async function blackbox(count: number): Promise<number> {
  using folder = temporaryFolder({ 'blackbox.yml': 'modules: {icmp: {prober: icmp}}' });
  await using subject = await startExporter('blackbox_exporter', `--config.file=${folder.path}/blackbox.yml`);
  return await during(subject, () =>
    mapBounded(addresses(count), 50, (address) => subject.scrape(`/probe?module=icmp&target=${address}`)),
  );
}

const [few, many, peer] = [await ours(100), await ours(1000), await blackbox(1000)];
printTable('CPU a minute by ICMP targets, one packet every 15 s', [
  ['100 targets', `${few.toFixed(2)} s: ${(few * 10).toFixed(2)} ms each`],
  ['1,000 targets', `${many.toFixed(2)} s: ${many.toFixed(2)} ms each`],
  ['each of 1,000 against each of 100', ratio(many / 1000, few / 100)],
  ['1,000 targets, blackbox_exporter', `${peer.toFixed(2)} s`],
  ['ours against blackbox_exporter', ratio(many, peer)],
]);
