import { z } from 'zod';

const Listed = z.object({
  full_name: z.string().regex(/^[\w.-]+\/[\w.-]+$/),
  archived: z.boolean().nullish(),
  disabled: z.boolean().nullish(),
});

/** The names of those in which something can still run. */
export const Repositories = z
  .array(Listed)
  .transform((repositories): readonly string[] =>
    repositories.filter(({ archived, disabled }) => !archived && !disabled).map(({ full_name }) => full_name),
  );

export const Repository = z
  .object({ default_branch: z.string().min(1) })
  .transform(({ default_branch }) => ({ defaultBranch: default_branch }));
