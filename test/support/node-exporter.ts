import { join } from 'node:path';
import { Registry } from 'prom-client';
import { PartialCollection } from '../../src/collectors/collector.ts';
import { host } from '../../src/collectors/host.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { silentLog } from '../../src/lib/log.ts';
import type { Sample } from '../../src/model/sample.ts';
import { createExposition } from '../../src/samples/exposition.ts';
import { createProcfs, type HostPaths } from '../../src/sources/procfs/procfs.ts';
import { type Difference, differenceOf, type Exposed, parseExposed, type Round } from './exposition-diff.ts';
import { binary, freePort } from './services.ts';
import { startProcess } from './spawn.ts';

const machine: HostPaths = { procfs: '/proc', sysfs: '/sys', rootfs: '/' };

/** The real node_exporter with its default flags, on other trees where they are given. */
async function startNodeExporter({ procfs, sysfs, rootfs }: HostPaths = machine) {
  const address = `127.0.0.1:${await freePort()}`;
  const udev = join(rootfs, 'run/udev/data');
  const paths = { procfs, sysfs, rootfs, 'udev.data': udev };
  const args = [
    `--web.listen-address=${address}`,
    ...Object.entries(paths).map(([name, path]) => `--path.${name}=${path}`),
  ];
  const running = await startProcess({
    command: binary('node_exporter'),
    args,
    ready: { url: `http://${address}/` },
  });
  const scrape = async (): Promise<Exposed> =>
    parseExposed(await (await fetch(`http://${address}/metrics`, { signal: AbortSignal.timeout(10_000) })).text());
  return { ...running, scrape };
}

/** Our collector, each time with a source of its own, so that nothing is remembered; through our own exposition. */
async function exposeHost(paths: HostPaths = machine): Promise<Exposed> {
  const procfs = createProcfs({ clock: systemClock, ...paths });
  const deps = { clock: systemClock, log: silentLog, procfs };
  const collected = host.collect(deps, host.config.parse({}), new AbortController().signal);
  const samples: readonly Sample[] = await collected.catch((error: unknown) => {
    if (error instanceof PartialCollection) return error.samples;
    throw error;
  });
  const { body } = await createExposition({ registry: new Registry(), samples: () => samples }).render('text/plain');
  return parseExposed(body);
}

/** About the exporter, not about the host. */
const comparison = {
  ignore: /^(go|process|promhttp)_/,
  ownValues: /^node_scrape_collector_duration_seconds/,
  disturbed: [
    // Each opens files, sockets (theirs of netlink too) and threads to read; the kernel counts files in batches of 32.
    { family: /^node_filefd_allocated$/, by: 128 },
    { family: /^node_sockstat_TCP_mem_bytes$/, by: 8 * 65_536 },
    { family: /^node_(sockstat_(sockets_used|TCP_\w+)|netstat_Tcp_CurrEstab)$/, by: 8 },
    { family: /^node_procs_running$/, by: 8 },
  ],
};

/** Reads ours, theirs and ours again, `rounds` times. */
export async function compareWithNodeExporter(rounds: number, paths: HostPaths = machine): Promise<Difference> {
  await using exporter = await startNodeExporter(paths);
  const read: Round[] = [];
  for (let round = 0; round < rounds; round++) {
    const before = [await exposeHost(paths), await exposeHost(paths)];
    const theirs = await exporter.scrape();
    read.push({ before, theirs, after: [await exposeHost(paths), await exposeHost(paths)] });
  }
  return differenceOf(read, comparison);
}
