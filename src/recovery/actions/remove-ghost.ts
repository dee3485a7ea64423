import type { Action } from './action.ts';

export const removeGhost: Action = {
  name: 'remove-ghost',
  help: 'Takes the registration of a runner that has no container any more out of GitHub.',
  touches: true,
  needs: 'no-container',
  async act({ github }, { registrations }, signal) {
    for (const registration of registrations) {
      // GitHub itself refuses where it works on a job.
      if (!(await github.remove(registration, signal))) throw new Error('GitHub says it works on a job');
    }
  },
};
