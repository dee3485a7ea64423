import type { RecoveryPorts } from '../ports.ts';

/** One step that recovery can take, as a plain object. It is told; it does not decide. */
export interface Action {
  /** Equals the file name and the `action` label. */
  readonly name: string;
  readonly help: string;
  act(
    ports: RecoveryPorts,
    target: { readonly container: string; readonly graceMs: number },
    signal: AbortSignal,
  ): Promise<void>;
}
