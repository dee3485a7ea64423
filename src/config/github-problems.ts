import type { Problem } from '../lib/problem.ts';
import type { Origins } from './origins.ts';
import type { Settings } from './schema.ts';

/** Halves of an App, and scopes that what is configured cannot read: both would fail only when GitHub is asked. */
export function githubProblems({ github }: Settings, origins: Origins): readonly Problem[] {
  const { id, private_key: key } = github.app;
  if (id !== undefined && !key) {
    const mend = 'Set private_key_file to the .pem file that GitHub made for the App';
    return [origins.problemAt(['github', 'app', 'id'], 'found it without private_key, expected both', mend)];
  }
  if (id === undefined && key) {
    const place = key.kind === 'file' ? 'private_key_file' : 'private_key';
    const mend = "Set id to the App's id or client id";
    return [origins.problemAt(['github', 'app', place], 'found it without id, expected both', mend)];
  }
  if (id !== undefined && !github.token && github.enterprises.length > 0) {
    const message = 'found it with an App alone, which cannot read an enterprise';
    const mend = 'Set github.token to a classic token with manage_runners:enterprise beside it';
    return [origins.problemAt(['github', 'enterprises'], message, mend)];
  }
  return sameNames(github, origins);
}

/** A scope is known by its name alone, in metrics as in the memory of its runners. */
function sameNames({ organizations, enterprises }: Settings['github'], origins: Origins): readonly Problem[] {
  const taken = new Set(organizations.map((name) => name.toLowerCase()));
  const index = enterprises.findIndex((name) => taken.has(name.toLowerCase()));
  if (index === -1) return [];
  const message = `found ${enterprises[index]}, which is in organizations too: their runners could not be told apart`;
  return [origins.problemAt(['github', 'enterprises', index], message, 'Watch one of the two here')];
}
