import { arp } from './arp.ts';
import { bonding } from './bonding.ts';
import { btrfs } from './btrfs.ts';
import { conntrack } from './conntrack.ts';
import { cpu } from './cpu.ts';
import { cpufreq } from './cpufreq.ts';
import { diskstats } from './diskstats.ts';
import { dmi } from './dmi.ts';
import { edac } from './edac.ts';
import { entropy } from './entropy.ts';
import { fibrechannel } from './fibrechannel.ts';
import { filefd } from './filefd.ts';
import { filesystem } from './filesystem.ts';
import { hwmon } from './hwmon.ts';
import { infiniband } from './infiniband.ts';
import { ipvs } from './ipvs.ts';
import { kernelHung } from './kernel-hung.ts';
import { loadavg } from './loadavg.ts';
import { mdadm } from './mdadm.ts';
import { meminfo } from './meminfo.ts';
import { netclass } from './netclass.ts';
import { netdev } from './netdev.ts';
import { netstat } from './netstat.ts';
import { nfs } from './nfs.ts';
import { nfsd } from './nfsd.ts';
import { nvme } from './nvme.ts';
import { os } from './os.ts';
import type { HostPart } from './part.ts';
import { powerSupply } from './power-supply.ts';
import { pressure } from './pressure.ts';
import { rapl } from './rapl.ts';
import { schedstat } from './schedstat.ts';
import { selinux } from './selinux.ts';
import { sockstat } from './sockstat.ts';
import { softnet } from './softnet.ts';
import { stat } from './stat.ts';
import { tapestats } from './tapestats.ts';
import { thermalZone } from './thermal-zone.ts';
import { time } from './time.ts';
import { timex } from './timex.ts';
import { udpQueues } from './udp-queues.ts';
import { uname } from './uname.ts';
import { vmstat } from './vmstat.ts';
import { watchdog } from './watchdog.ts';
import { xfs } from './xfs.ts';
import { zfs } from './zfs.ts';

/** Add a part: write its file, add one line here. Their names are those of node_exporter's collectors. */
export const hostParts: readonly HostPart[] = [
  arp,
  bonding,
  btrfs,
  conntrack,
  cpu,
  cpufreq,
  diskstats,
  dmi,
  edac,
  entropy,
  fibrechannel,
  filefd,
  filesystem,
  hwmon,
  infiniband,
  ipvs,
  kernelHung,
  loadavg,
  mdadm,
  meminfo,
  netclass,
  netdev,
  netstat,
  nfs,
  nfsd,
  nvme,
  os,
  powerSupply,
  pressure,
  rapl,
  schedstat,
  selinux,
  sockstat,
  softnet,
  stat,
  tapestats,
  thermalZone,
  time,
  timex,
  udpQueues,
  uname,
  vmstat,
  watchdog,
  xfs,
  zfs,
];
