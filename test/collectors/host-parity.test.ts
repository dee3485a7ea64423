import { beforeAll, describe, expect, it } from 'vitest';
import type { Difference } from '../support/exposition-diff.ts';
import { fixturePaths } from '../support/host.ts';
import { compareWithNodeExporter } from '../support/node-exporter.ts';
import { needs } from '../support/services.ts';

/** Not of the host, or asked over a bus that only systemd has. */
const notOurs = ['node_exporter_build_info', 'node_textfile_scrape_error'];
/** Theirs says 0 where one of the queue's other files is none that it knows; ours says what the file says. */
const rotational = /^node_disk_info\{.*rotational=/;
/** Collectors of theirs that are no part here, and those that a fixture makes fail for both in ways of their own. */
const otherCollectors =
  /^node_scrape_collector_(success|duration_seconds)\{collector="(systemd|textfile|bcachefs|bcache)"\}/;

describe.skipIf(needs('node_exporter'))('host beside the real node_exporter', () => {
  describe('on this machine', () => {
    let difference: Difference;
    beforeAll(async () => {
      difference = await compareWithNodeExporter(5);
    }, 30_000);

    it('has at least 95 % of its names, and misses those alone that are not of the host', () => {
      expect(difference.families).toBeGreaterThan(150);
      expect(difference.missingFamilies.filter((name) => !notOurs.includes(name))).toEqual([]);
      expect(difference.missingFamilies.length / difference.families).toBeLessThan(0.05);
    });

    it('has its types', () => {
      expect(difference.types).toEqual([]);
    });

    it('has its series', () => {
      expect(difference.missing.filter((series) => !otherCollectors.test(series) && !rotational.test(series))).toEqual(
        [],
      );
    });

    it('has no other series, but for mounts that Debian alone leaves out', () => {
      const debian = /^node_filesystem_.*mountpoint="\/(run|mnt|media)\//;
      expect(difference.extra.filter((series) => !debian.test(series) && !rotational.test(series))).toEqual([]);
    });

    it('has its values, as far as the time between two readings tells', () => {
      expect(difference.compared).toBeGreaterThan(200);
      expect(difference.values).toEqual([]);
    });
  });

  describe('on hardware that this machine lacks', () => {
    let difference: Difference;
    beforeAll(async () => {
      difference = await compareWithNodeExporter(1, fixturePaths('hardware'));
    }, 30_000);
    /** They ask the kernel by netlink and uname(2), whatever tree they are given. */
    const asked = /^node_(arp|network_(receive|transmit)_\w+_total$|uname)/;
    const askedSuccess = /^node_scrape_collector_success\{collector="(arp|netdev|sockstat|uname)"\}/;
    /** They take the size for blocks of the device, which sysfs says in sectors of 512 bytes: 8 times too much here. */
    const blocksOf4096 = /^node_nvme_namespace_(capacity|size)_bytes\{device="nvme0",nsid="2"\}/;

    it('has their names and types', () => {
      expect(difference.families).toBeGreaterThan(300);
      expect(difference.missingFamilies.filter((name) => !notOurs.includes(name) && !asked.test(name))).toEqual([]);
      expect(difference.types).toEqual([]);
    });

    it('has their series, and no other', () => {
      expect(difference.missing.filter((series) => !otherCollectors.test(series))).toEqual([]);
      expect(difference.extra).toEqual([]);
    });

    it('has their values', () => {
      expect(difference.compared).toBeGreaterThan(700);
      const other = difference.values.filter((line) => !askedSuccess.test(line) && !blocksOf4096.test(line));
      expect(other).toEqual([]);
    });
  });
});
