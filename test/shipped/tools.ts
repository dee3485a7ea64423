import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { parser } from '@prometheus-io/lezer-promql';
import { parse } from 'yaml';
import { binary } from '../support/services.ts';
import { root } from '../support/tree.ts';

export interface ToolResult {
  readonly code: number;
  /** Standard output and error. */
  readonly output: string;
}

/** Runs one of the services' commands in the project's root. */
export function tool(name: string, ...args: readonly string[]): Promise<ToolResult> {
  const { promise, resolve } = Promise.withResolvers<ToolResult>();
  const child = execFile(binary(name), args, { cwd: root, timeout: 60_000 }, (_, stdout, stderr) =>
    resolve({ code: child.exitCode ?? -1, output: stripVTControlCharacters(stdout + stderr) }),
  );
  return promise;
}

export function readShipped(file: string): string {
  return readFileSync(join(root, file), 'utf8');
}

export function readYaml(file: string) {
  return parse(readShipped(file), { merge: true });
}

/** The metrics that an expression selects. */
export function metricsOf(expression: string): readonly string[] {
  const names: string[] = [];
  parser.parse(expression).iterate({
    enter: ({ name, node, from, to }) => {
      if (name === 'Identifier' && node.parent?.name === 'VectorSelector') names.push(expression.slice(from, to));
    },
  });
  return names;
}
