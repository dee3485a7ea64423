import { cordon as takeLabels, whyNoCordon } from '../cordon.ts';
import { ownRegistrations } from '../findings.ts';
import type { Action } from './action.ts';

/** It mends nothing, but no more jobs fail on the runner. The labels come back when it is well. */
export const cordon: Action = {
  name: 'cordon',
  help: 'Takes the labels that were given to the runner away at GitHub until it is well, so that it gets no more jobs.',
  touches: true,
  needs: 'container',
  onlyKeepsAway: true,
  unfit: (_, findings) => findings && whyNoCordon(ownRegistrations(findings)),
  act: async (ports, { runner, registrations }, signal) => {
    const request = { runner, by: 'recovery', purpose: 'recovery' } as const;
    await takeLabels(ports, request, registrations, signal);
  },
};
