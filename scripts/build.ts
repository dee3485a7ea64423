import { chmod, cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from './check/run.ts';

/** `npm run build`: dist/ for the package and the image, since Node strips no types under node_modules. */
const root = join(import.meta.dirname, '..');
const dist = join(root, 'dist');

await rm(dist, { recursive: true, force: true });
const { ok, output } = await run(root, 'tsc', ['-p', 'tsconfig.build.json', '--pretty', 'false']);
if (ok) {
  // What is not TypeScript (the page's style, templates) ships as it is.
  await cp(join(root, 'src'), dist, { recursive: true, filter: (path) => !path.endsWith('.ts') });
  await chmod(join(dist, 'cli.js'), 0o755);
} else {
  console.error(output);
  process.exitCode = 1;
}
