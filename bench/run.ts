import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

/** `npm run bench`, or `npm run bench -- scrape icmp` for some only. Each runs in a process of its own. */
const names = readdirSync(import.meta.dirname)
  .filter((file) => file.endsWith('.bench.ts'))
  .map((file) => file.slice(0, -'.bench.ts'.length));
const chosen = process.argv.length > 2 ? process.argv.slice(2) : names;

for (const name of chosen) {
  if (!names.includes(name)) {
    console.error(`no benchmark ${name}; there are: ${names.join(', ')}`);
    process.exit(2);
  }
  const { status } = spawnSync(process.execPath, [join(import.meta.dirname, `${name}.bench.ts`)], { stdio: 'inherit' });
  if (status !== 0) process.exitCode = 1;
}
