import { execFileSync } from 'node:child_process';
import { lstatSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { binary, needs } from '../support/services.ts';
import { root } from '../support/tree.ts';

function shellScripts(): readonly string[] {
  const files = execFileSync('git', ['ls-files', '-z'], { cwd: root, encoding: 'utf8' }).split('\0').filter(Boolean);
  // Fixtures hold links to directories, as sysfs has them.
  const plain = files.filter((file) => lstatSync(join(root, file)).isFile());
  return plain.filter((file) => /^#!.*\b(ba)?sh\b/.test(readFileSync(join(root, file), 'utf8').slice(0, 40)));
}

it.skipIf(needs('shellcheck'))('every shell script is clean for shellcheck', () => {
  const scripts = shellScripts();
  expect(scripts).toContain('compose/runner/entrypoint.sh');
  expect(scripts).toContain('scripts/services.sh');
  // Throws with what shellcheck printed.
  execFileSync(binary('shellcheck'), ['--external-sources', '--source-path=SCRIPTDIR', ...scripts], {
    cwd: root,
    encoding: 'utf8',
  });
});
