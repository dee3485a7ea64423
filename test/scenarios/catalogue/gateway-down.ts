import type { Fault } from '../fault.ts';

export const gatewayDown: Fault = {
  name: 'gateway-down',
  says: 'The gateway is down.',
  inject: async ({ internet }) => internet.cut('gateway'),
  repair: async ({ internet }) => internet.mend(),
  expect: {
    verdict: 'cut-off',
    ends: 'paged',
    elsewhere: true,
    pages: [{ alert: 'PathBroken', labels: { hop: 'gateway' } }],
  },
};
