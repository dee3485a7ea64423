import { parseTime } from '../../lib/clock.ts';
import { readBody } from './http-body.ts';
import {
  bodyFault,
  checksBody,
  checksHeaders,
  headerFault,
  sslFault,
  statusFault,
  versionFault,
} from './http-checks.ts';
import type { Judged, Last } from './http-follow.ts';
import type { HttpModule } from './http-module.ts';
import type { HttpProgress } from './http-progress.ts';
import { ProbeFault } from './probe.ts';

/** All checks are made, so that the metrics say as much as they can; the first fault is the reason. */
export async function judge(last: Last, { module, progress, ports, options }: Judged): Promise<void> {
  const { answer } = last;
  const head = statusFault(progress.status, module) ?? judgeHeaders(last, module, progress);
  const body = last.readable ? await judgeBody(last, module, progress, head === undefined) : undefined;
  progress.times.transfer += ports.clock.monotonic() - last.answered;
  options.log.debug({ bytes: progress.body.length }, 'read HTTP response');
  const modified = parseTime(answer.headers['last-modified'] ?? '');
  progress.lastModified = Number.isNaN(modified) ? undefined : modified / 1000;
  const rest = versionFault(`HTTP/${answer.httpVersion}`, module) ?? sslFault(last.tls !== undefined, module);
  const fault = head ?? body ?? rest;
  if (fault !== undefined) throw typeof fault === 'string' ? new ProbeFault('expectation', fault) : fault;
}

function judgeHeaders({ answer }: Last, module: HttpModule, progress: HttpProgress): string | undefined {
  if (!checksHeaders(module)) return undefined;
  const fault = headerFault(answer.headersDistinct, module);
  progress.failedDueToRegex = fault !== undefined;
  return fault;
}

/** A body is searched only where all was well so far, and counted always. One that cannot be read ends no other check. */
async function judgeBody(
  { answer }: Last,
  module: HttpModule,
  progress: HttpProgress,
  isWell: boolean,
): Promise<string | ProbeFault | undefined> {
  const keep = isWell && checksBody(module);
  const unread = await readBody(answer, module, progress.body, keep);
  const fault = unread ?? (keep ? bodyFault(progress.body.text, module) : undefined);
  progress.failedDueToRegex ||= keep && fault !== undefined;
  return fault;
}
