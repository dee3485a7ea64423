import type { Fault } from '../fault.ts';

export const targetDown: Fault = {
  name: 'target-down',
  says: 'A host in the private network that jobs need does not answer.',
  inject: async ({ internet }) => internet.cut('target'),
  repair: async ({ internet }) => internet.mend(),
  expect: {
    ends: 'paged',
    elsewhere: true,
    never: ['cut-off', 'unhealthy', 'zombie', 'unknown'],
    pages: [{ alert: 'TargetUnreachable', labels: { target: 'nas' } }],
  },
};
