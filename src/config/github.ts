import { z } from 'zod';
import { HttpUrl, Secret } from '../lib/schema.ts';

/** Its keys are optional one by one: each may come from a variable of its own. */
const App = z.strictObject({
  id: z
    .union([z.int().min(1), z.string().regex(/^[\w.]+$/, "expected an App's id or client id")])
    .transform(String)
    .optional()
    .describe("The App's id or client id."),
  private_key: Secret.optional().describe(
    "The App's private key in PEM; a file is read anew for each token, so that it can be replaced.",
  ),
});

/** The `github` section of runnerwatch.yml. */
export const GitHub = z.strictObject({
  api_url: HttpUrl.default('https://api.github.com').describe('The API of GitHub or of a GitHub Enterprise Server.'),
  token: Secret.optional().describe(
    'Token that may read the runners of every scope below; beside an App it is used for enterprises only.',
  ),
  app: App.prefault({}).describe('GitHub App that is installed where the repositories and organizations below are.'),
  repositories: z
    .array(z.string().regex(/^[\w.-]+\/[\w.-]+$/, 'expected a repository as owner/name'))
    .default([])
    .describe('Repositories whose runners are watched, as owner/name.'),
  organizations: z
    .array(z.string().regex(/^[\w-]+$/, 'expected the name of an organization'))
    .default([])
    .describe('Organizations whose runners are watched.'),
  enterprises: z
    .array(z.string().regex(/^[\w-]+$/, "expected an enterprise's slug, as in its URL"))
    .default([])
    .describe('Enterprises whose runners are watched, by slug.'),
  budget_ratio: z
    .number()
    .gt(0)
    .max(1)
    .default(0.1)
    .describe('The part of the hourly rate limit that polling may use; it slows down before it would use more.'),
  webhook_secret: Secret.optional().describe(
    'Secret of the webhook that GitHub sends to /webhooks/github; without one the endpoint refuses.',
  ),
});
export type GitHub = z.output<typeof GitHub>;
