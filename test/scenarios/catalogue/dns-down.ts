import type { Fault } from '../fault.ts';

export const dnsDown: Fault = {
  name: 'dns-down',
  says: 'The nameserver does not answer.',
  inject: async ({ internet }) => internet.cut('dns'),
  repair: async ({ internet }) => internet.mend(),
  expect: {
    verdict: 'cut-off',
    ends: 'paged',
    elsewhere: true,
    pages: [{ alert: 'PathBroken', labels: { hop: 'dns' } }],
  },
};
