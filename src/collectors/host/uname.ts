import { gauge, sample } from '../../model/sample.ts';
import type { HostPart, HostView } from './part.ts';

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
    const [sysname, release, version, nodename, domainname] = await Promise.all(
      ['ostype', 'osrelease', 'version', 'hostname', 'domainname'].map((file) => kernelText(view, file)),
    );
    if (!sysname || !release || !version || !nodename) throw new Error('sys/kernel does not name the kernel');
    // The file `arch` is there since Linux 6.1.
    const machine = await kernelText(view, 'arch').catch(() => view.machine);
    return [sample(info, { sysname, release, version, machine, nodename, domainname: domainname ?? '' }, 1)];
  },
};

async function kernelText(view: HostView, file: string): Promise<string> {
  return (await view.read(`sys/kernel/${file}`)).trim().slice(0, 200);
}
