import { z } from 'zod';
import { ByteSize } from '../lib/schema.ts';

/** The `audit` section of runnerwatch.yml. */
export const AuditConfig = z.strictObject({
  enabled: z.boolean().default(true).describe('Whether events are written to audit/audit.jsonl in data_dir.'),
  max_file_size: ByteSize.prefault('10MB').describe('The size at which a file is closed and the next one begun.'),
  max_files: z.int().min(2).max(1000).default(10).describe('Files kept; the oldest goes when another is begun.'),
});
export type AuditConfig = z.output<typeof AuditConfig>;
