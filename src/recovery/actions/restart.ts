import type { Action } from './action.ts';

export const restart: Action = {
  name: 'restart',
  help: 'Restarts the container, with time to end in good order before it is killed.',
  act: ({ docker }, { container, graceMs }, signal) => docker.restart(container, Math.ceil(graceMs / 1000), signal),
};
