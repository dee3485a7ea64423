/**
 * A process that writes into the audit log of a data folder until somebody ends it: `node write-audit.ts <folder> <files>`,
 * of which it keeps so many. It says `writing` when the first records are written. Files are small, so that it is often
 * between two of them.
 */
import { setImmediate } from 'node:timers/promises';
import { online, openAudit } from '../../support/audit.ts';

const [, , path = '', files = ''] = process.argv;
const audit = openAudit({ path, config: { max_file_size: 20_000, max_files: Number(files) } });
for (let index = 0; ; index++) {
  for (let event = 0; event < index % 7; event++) audit.audit(online(`runner-${event}`));
  await setImmediate();
  if (index === 20) process.stdout.write('writing\n');
}
