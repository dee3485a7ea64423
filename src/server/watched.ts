import type { Config } from '../config/schema.ts';

/**
 * How the configuration writes the repository, as polling names it too; undefined where it is not watched. Of an
 * enterprise it cannot be known which organizations it has: whoever has the secret speaks for it.
 */
export function watchedAs(repository: string, { github, collectors }: Config): string | undefined {
  const name = repository.toLowerCase();
  const repositories = [
    ...github.repositories,
    ...collectors['github-queue'].repositories,
    ...collectors['github-pipelines'].deployments.map((deployment) => deployment.repository),
  ];
  const configured = repositories.find((watched) => watched.toLowerCase() === name);
  if (configured !== undefined) return configured;
  const isOwned = github.organizations.some((owner) => name.startsWith(`${owner.toLowerCase()}/`));
  return isOwned || github.enterprises.length > 0 ? repository : undefined;
}
