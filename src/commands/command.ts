import type { LoadPorts } from '../config/ports.ts';
import type { HttpClient } from '../lib/http.ts';

/** 0: it worked. 1: it did not. 2: the command line was wrong. */
export type ExitCode = 0 | 1 | 2;

/** What a command may touch. */
export interface CommandIo {
  readonly ports: LoadPorts;
  readonly http: HttpClient;
  /** One line of the command's answer. */
  out(line: string): void;
  /** Settles when who reads the answer is not behind: what prints very much waits for it now and then. */
  drained(): Promise<unknown>;
  /** One line about what went wrong. */
  err(line: string): void;
  /** How far a long command is, where somebody watches: each call replaces the one before, an empty text removes it. */
  readonly progress?: ((text: string) => void) | undefined;
}

/** Foreign text on a terminal: no control character of a name or a message reaches it. */
export function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, ' ');
}
