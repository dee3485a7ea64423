import { z } from 'zod';
import { ipProtocol } from './ip-protocol.ts';

export const IcmpModule = z.strictObject({
  ...ipProtocol,
  payload_size: z
    .int()
    .min(16)
    .max(65_400)
    .optional()
    .describe('Bytes of payload in each echo request; by default 56.'),
  ttl: z.int().min(1).max(255).optional().describe("Hop limit of the echo requests; by default the system's."),
});
export type IcmpModule = z.output<typeof IcmpModule>;
