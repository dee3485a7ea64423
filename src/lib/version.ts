import { readFileSync } from 'node:fs';

/** This release's version, from the package.json that lies two folders up in a checkout and in the package alike. */
export const version: string = versionOf(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));

function versionOf(manifest: string): string {
  const parsed: unknown = JSON.parse(manifest);
  return typeof parsed === 'object' && parsed && 'version' in parsed ? String(parsed.version) : 'unknown';
}
