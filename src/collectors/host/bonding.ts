import { gauge, sample } from '../../model/sample.ts';
import { type HostPart, type HostTree, NoData } from './part.ts';

const slaves = gauge('node_bonding_slaves', 'Interfaces of a bond.', ['master']);
const active = gauge('node_bonding_active', 'Interfaces of a bond whose link is up.', ['master']);

export const bonding: HostPart = {
  name: 'bonding',
  metrics: { slaves, active },
  async collect({ sys }) {
    const masters = sys.attributes('class/net', ['bonding_masters']).get('bonding_masters');
    if (masters === undefined) throw new NoData('there is no bond');
    return wordsIn(masters).flatMap((master) => {
      const members = wordsIn(sys.attributes(`class/net/${master}/bonding`, ['slaves']).get('slaves') ?? '');
      const up = members.filter((member) => isUp(sys, master, member));
      return [sample(slaves, { master }, members.length), sample(active, { master }, up.length)];
    });
  },
};

function wordsIn(text: string): readonly string[] {
  return text.split(/\s+/).filter((word) => /^[^/]{1,15}$/.test(word));
}

/** Kernels before 3.10 call the link to a member `slave_…` instead of `lower_…`. */
function isUp(sys: HostTree, master: string, member: string): boolean {
  return ['lower', 'slave'].some((link) => {
    const folder = `class/net/${master}/${link}_${member}/bonding_slave`;
    return sys.attributes(folder, ['mii_status']).get('mii_status') === 'up';
  });
}
