import { type Action, containerOf } from './action.ts';

export const start: Action = {
  name: 'start',
  help: 'Starts the container that ended though nobody asked.',
  touches: true,
  needs: 'container',
  act: ({ docker }, target, signal) => docker.start(containerOf(target).name, signal),
};
