import type { Action } from './action.ts';

export const wait: Action = {
  name: 'wait',
  help: 'Touches nothing and gives the runner the time of a verification to come back by itself.',
  touches: false,
  needs: 'container',
  act: async () => undefined,
};
