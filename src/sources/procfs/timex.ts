import { execFile } from 'node:child_process';
import { arch } from 'node:process';
import { promisify } from 'node:util';
import type { Clock } from '../../lib/clock.ts';
import { withDeadline } from '../../lib/deadline.ts';

/** What adjtimex(2) answers, in its own units. */
export interface Timex {
  /** The state of the clock; 5 says that it is not synchronised. */
  readonly state: number;
  readonly offset: number;
  readonly freq: number;
  readonly maxerror: number;
  readonly esterror: number;
  readonly status: number;
  readonly constant: number;
  readonly tick: number;
  readonly ppsfreq: number;
  readonly jitter: number;
  readonly shift: number;
  readonly stabil: number;
  readonly jitcnt: number;
  readonly calcnt: number;
  readonly errcnt: number;
  readonly stbcnt: number;
  readonly tai: number;
}

/** The number of adjtimex in the table of system calls, by Node's name of the architecture. */
const callNumbers: Readonly<Record<string, number>> = {
  x64: 159,
  arm64: 171,
  riscv64: 171,
  arm: 124,
  ia32: 124,
  ppc64: 124,
  s390x: 124,
};

/** `struct timex` of the kernel's UAPI in C's own sizes and alignment, with `modes` 0, which only asks. */
const program = `my $t = pack("x512"); my $r = syscall($ARGV[0], $t); exit 1 if $r < 0;
print join(" ", $r, unpack("I x![l!] l!4 i x![l!] l!3 l!2 l!3 i x![l!] l!5 i", $t));`;

const words =
  `state modes offset freq maxerror esterror status constant precision tolerance sec usec tick ppsfreq jitter
  shift stabil jitcnt calcnt errcnt stbcnt tai`.split(/\s+/);

/** The words that `program` prints; undefined where they are not those. */
export function parseTimex(text: string): Timex | undefined {
  const values = text.trim().split(' ');
  if (values.length !== words.length || !values.every((value) => /^-?\d{1,20}$/.test(value))) return undefined;
  return Object.fromEntries(words.map((word, index) => [word, Number(values[index])])) as unknown as Timex;
}

type Run = (signal: AbortSignal) => Promise<string>;

const answerMs = 1_000;
/** A process takes milliseconds, and the clock drifts by microseconds: it is not asked more often than this. */
const freshMs = 5_000;

/**
 * Node has no call for adjtimex(2) and no file tells its answer. Perl's `syscall` asks: Debian, Ubuntu, Proxmox and
 * Node's Debian images always have it (perl-base is essential). Elsewhere the clock's discipline stays unknown, and a
 * program that is missing is not looked for again.
 */
export function createTimex(clock: Clock, run: Run = runPerl): (signal: AbortSignal) => Promise<Timex> {
  let missing: Error | undefined;
  let last: { readonly at: number; readonly timex: Timex } | undefined;
  return async (signal) => {
    if (missing) throw missing;
    if (last && clock.monotonic() - last.at < freshMs) return last.timex;
    try {
      const text = await withDeadline(clock, { ms: answerMs, what: 'adjtimex', signal }, run);
      const timex = parseTimex(text);
      if (!timex) throw new Error('adjtimex has an unknown format');
      last = { at: clock.monotonic(), timex };
      return timex;
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') missing = error;
      throw error;
    }
  };
}

const runFile = promisify(execFile);

async function runPerl(signal: AbortSignal): Promise<string> {
  const number = callNumbers[arch];
  if (number === undefined) throw Object.assign(new Error(`adjtimex of ${arch} is unknown`), { code: 'ENOENT' });
  const args = ['-e', program, String(number)];
  const { stdout } = await runFile('/usr/bin/perl', args, { signal, timeout: answerMs, maxBuffer: 4_096, env: {} });
  return stdout;
}
