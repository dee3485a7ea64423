import type { CommandIo } from '../../src/commands/command.ts';
import type { HttpClient } from '../../src/lib/http.ts';
import { memoryPorts } from '../config/memory-ports.ts';

interface RecordedIo extends CommandIo {
  readonly printed: string[];
  readonly failed: string[];
  readonly asked: string[];
}

/** A command's ports with what it said kept; `answer` is what the instance says. */
export function recordedIo(
  machine: Parameters<typeof memoryPorts>[0] = {},
  answer: { readonly status: number; readonly body: unknown } | Error = new Error('no instance'),
): RecordedIo {
  const [printed, failed, asked] = [[] as string[], [] as string[], [] as string[]];
  const http: HttpClient = async (url) => {
    asked.push(url);
    if (answer instanceof Error) throw answer;
    const text = typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body);
    return { status: answer.status, headers: new Headers(), text };
  };
  const ports = memoryPorts(machine);
  return {
    ...{ ports, http, printed, failed, asked },
    out: (line) => printed.push(line),
    drained: async () => undefined,
    err: (line) => failed.push(line),
  };
}
