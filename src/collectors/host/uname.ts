import { gauge, sample } from '../../model/sample.ts';
import type { HostPart } from './part.ts';

const info = gauge('node_uname_info', 'What uname(2) says of the host; always 1.', [
  'sysname',
  'release',
  'version',
  'machine',
  'nodename',
  'domainname',
]);

export const uname: HostPart = {
  name: 'uname',
  metrics: { info },
  async collect(view) {
    const files = view.attributes('sys/kernel', ['ostype', 'osrelease', 'version', 'hostname', 'domainname', 'arch']);
    const of = (file: string): string => files.get(file)?.trim().slice(0, 200) ?? '';
    const [sysname, release, version, nodename] = [of('ostype'), of('osrelease'), of('version'), of('hostname')];
    if (!sysname || !release || !version || !nodename) throw new Error('sys/kernel does not name the kernel');
    // The file `arch` is there since Linux 6.1.
    const machine = of('arch') || view.machine;
    return [sample(info, { sysname, release, version, machine, nodename, domainname: of('domainname') }, 1)];
  },
};
