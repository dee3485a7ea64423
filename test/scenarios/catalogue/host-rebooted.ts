import { reboot } from '../breakage.ts';
import type { Fault } from '../fault.ts';

export const hostRebooted: Fault = {
  name: 'host-rebooted',
  says: 'The host loses its power and is booted again.',
  endsJobs: true,
  dockerStarts: true,
  inject: reboot,
  expect: { ends: 'itself', elsewhere: true, pages: [{ alert: 'RunnerHostRebooted', labels: {} }] },
};
