import { z } from 'zod';
import { Duration } from '../lib/schema.ts';

/** What may go at the host's Docker. By default nothing that another project may need. */
export const CleanUp = z.strictObject({
  job_containers: z
    .boolean()
    .default(true)
    .describe("Whether stopped containers of the runner's jobs go, known by their label runnerwatch.job-of."),
  images: z
    .boolean()
    .default(false)
    .describe('Whether images without a name that no container uses go, whoever made them; the proxy has to allow it.'),
  build_cache: z
    .boolean()
    .default(false)
    .describe("Whether Docker's build cache that is not in use goes, whoever made it; the proxy has to allow it."),
  age: Duration.prefault('24h').describe('How old each of them has to be, in whole hours.'),
});
export type CleanUp = z.output<typeof CleanUp>;
