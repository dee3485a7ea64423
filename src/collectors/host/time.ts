import { gauge, sample } from '../../model/sample.ts';
import type { HostPart } from './part.ts';

const seconds = gauge('node_time_seconds', "The host's clock, in seconds since the epoch.");

export const time: HostPart = {
  name: 'time',
  metrics: { seconds },
  collect: async ({ now }) => [sample(seconds, {}, now / 1000)],
};
