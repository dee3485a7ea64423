import type { Fault } from '../fault.ts';

const offMs = 600_000;

export const clockOff: Fault = {
  name: 'clock-off',
  says: "The host's clock is ten minutes behind, so that GitHub refuses what the runners sign.",
  world: { github: { jobLostAfterMs: 2 * offMs } },
  async inject({ github }) {
    github.setClockSkew(offMs);
    github.fail({ match: '/_apis/', status: 400, body: { message: 'Current server time is' } });
  },
  async repair({ github }) {
    github.setClockSkew(0);
    github.clearFaults();
  },
  expect: {
    verdict: 'cut-off',
    ends: 'paged',
    elsewhere: true,
    pages: [{ alert: 'GithubClockWrong', labels: {} }],
  },
};
