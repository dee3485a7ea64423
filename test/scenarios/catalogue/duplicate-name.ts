import type { Fault } from '../fault.ts';
import { repository } from '../settings.ts';
import { victim } from '../world.ts';

export const duplicateName: Fault = {
  name: 'duplicate-name',
  says: 'A second runner registers with the name of the first.',
  inject: async ({ github }) =>
    void github.addRunner({ scope: repository, name: victim, labels: ['self-hosted'], status: 'online' }),
  async repair({ github }) {
    const second = github.runners().filter(({ name }) => name === victim)[1];
    github.removeRunner(second?.id ?? 0);
  },
  expect: {
    ends: 'paged',
    never: ['zombie', 'unhealthy', 'unregistered'],
    pages: [{ alert: 'RunnerDuplicate', labels: { runner: victim } }],
  },
};
