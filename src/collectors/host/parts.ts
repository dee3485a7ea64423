import { arp } from './arp.ts';
import { conntrack } from './conntrack.ts';
import { cpu } from './cpu.ts';
import { diskstats } from './diskstats.ts';
import { entropy } from './entropy.ts';
import { filefd } from './filefd.ts';
import { filesystem } from './filesystem.ts';
import { kernelHung } from './kernel-hung.ts';
import { loadavg } from './loadavg.ts';
import { meminfo } from './meminfo.ts';
import { netclass } from './netclass.ts';
import { netdev } from './netdev.ts';
import { netstat } from './netstat.ts';
import { os } from './os.ts';
import type { HostPart } from './part.ts';
import { pressure } from './pressure.ts';
import { selinux } from './selinux.ts';
import { sockstat } from './sockstat.ts';
import { softnet } from './softnet.ts';
import { stat } from './stat.ts';
import { time } from './time.ts';
import { timex } from './timex.ts';
import { udpQueues } from './udp-queues.ts';
import { uname } from './uname.ts';
import { vmstat } from './vmstat.ts';

/** Add a part: write its file, add one line here. Their names are those of node_exporter's collectors. */
export const hostParts: readonly HostPart[] = [
  arp,
  conntrack,
  cpu,
  diskstats,
  entropy,
  filefd,
  filesystem,
  kernelHung,
  loadavg,
  meminfo,
  netclass,
  netdev,
  netstat,
  os,
  pressure,
  selinux,
  sockstat,
  softnet,
  stat,
  time,
  timex,
  udpQueues,
  uname,
  vmstat,
];
