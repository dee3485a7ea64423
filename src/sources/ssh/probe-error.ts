import type { ProbeFailure } from '../../model/target.ts';

/** Why a probe failed; the message is safe to log. */
export class ProbeError extends Error {
  override readonly name = 'ProbeError';
  readonly failure: ProbeFailure;

  constructor(failure: ProbeFailure, message: string) {
    super(printable(message));
    this.failure = failure;
  }
}

/** Text from a server, as it may stand in a log line or a label. */
function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, ' ').slice(0, 200);
}
