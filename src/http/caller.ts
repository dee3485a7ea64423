import type { Request } from 'express';
import { hasBearer } from './bearer.ts';

/** Why a caller may not change anything here: a page of another origin, another machine, or one without the token. */
export type CallerRefusal = 'page' | 'machine' | 'token';

export const foreignPage = 'found a request from a page of another origin';

/**
 * Undefined for who may: with a token, who brings it; without one, who is on this machine itself. To be asked before a
 * body is read: who may not change anything may not make us read either.
 */
export async function refusalOf(
  request: Request,
  { token, externalURL }: { token(): Promise<string | undefined>; externalURL(): string },
): Promise<CallerRefusal | undefined> {
  const origin = request.get('origin');
  // A browser says whose page asks. Our own page changes nothing, so that only a name of ours may.
  if (origin !== undefined && origin !== new URL(externalURL()).origin) return 'page';
  const expected = await token();
  if (expected === undefined) return isLocal(request) ? undefined : 'machine';
  return hasBearer(request, expected) ? undefined : 'token';
}

/** A proxy on this machine speaks for others. */
function isLocal(request: Request): boolean {
  const forwarded = ['forwarded', 'x-forwarded-for', 'via'].some((name) => request.get(name) !== undefined);
  const { remoteAddress = '', localAddress } = request.socket;
  // By its own name a host, or a container, reaches itself from the address that it reaches.
  return !forwarded && (remoteAddress === localAddress || /^(::ffff:)?127\.|^::1$/.test(remoteAddress));
}
