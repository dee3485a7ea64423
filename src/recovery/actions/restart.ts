import { type Action, containerOf } from './action.ts';

export const restart: Action = {
  name: 'restart',
  help: 'Restarts the container, with time to end in good order before it is killed.',
  touches: true,
  needs: 'container',
  act: ({ docker }, target, signal) =>
    docker.restart(containerOf(target).name, Math.ceil(target.graceMs / 1000), signal),
};
