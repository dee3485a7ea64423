import { z } from 'zod';
import { readDocument } from '../lib/document.ts';

const Templates = z.object({ templates: z.array(z.string()).catch([]).default([]) }).catch({ templates: [] });

/** The globs under `templates` of an Alertmanager file; faults in them are for the file's own check to tell. */
export function templateGlobs(file: string, text: string): readonly string[] {
  return Templates.parse(readDocument(file, text).value).templates;
}
