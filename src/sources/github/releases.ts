import { z } from 'zod';
import { parseTime } from '../../lib/clock.ts';
import type { RunnerRelease } from '../../model/github.ts';

const Release = z.object({
  tag_name: z.string(),
  draft: z.boolean().default(false),
  prerelease: z.boolean().default(false),
  published_at: z.string().nullish(),
});

/** Without drafts and what is not meant for everybody yet. */
export const Releases = z.array(Release).transform((releases): readonly RunnerRelease[] =>
  releases
    .filter(({ draft, prerelease }) => !draft && !prerelease)
    .map((release) => ({
      version: release.tag_name.replace(/^v/, ''),
      publishedAt: parseTime(release.published_at ?? ''),
    }))
    .filter(({ version, publishedAt }) => /^\d+(\.\d+)*$/.test(version) && !Number.isNaN(publishedAt)),
);
