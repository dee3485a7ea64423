import type { Request, RequestHandler } from 'express';
import { hasBearer } from '../bearer.ts';
import type { AlertmanagerPorts } from './ports.ts';

/**
 * Who may post alerts and silences: they decide what people hear, and what is restarted. With a token, who brings it;
 * without one, who is on this machine itself. Asked before a body is read.
 */
export function mayChange(
  ports: Pick<AlertmanagerPorts, 'token' | 'externalURL'>,
  { key, what }: { readonly key: string; readonly what: string } = { key: 'alertmanager.token', what: 'alerts' },
): RequestHandler {
  return async (request, response, next) => {
    const origin = request.get('origin');
    // A browser says whose page asks. Our own page changes nothing, so that only a name of ours may.
    if (origin !== undefined && origin !== new URL(ports.externalURL()).origin) {
      response.status(403).json('found a request from a page of another origin');
      return;
    }
    const expected = await ports.token();
    if (expected === undefined ? isLocal(request) : hasBearer(request, expected)) return next();
    if (expected === undefined) {
      response.status(403).json(`only this machine may change ${what}: set ${key}_file to let others`);
      return;
    }
    const scheme = 'Bearer realm="runnerwatch"';
    response.status(401).set('WWW-Authenticate', scheme).json(`send the token of ${key} as bearer token`);
  };
}

/** A proxy on this machine speaks for others. */
export function isLocal(request: Request): boolean {
  const forwarded = ['forwarded', 'x-forwarded-for', 'via'].some((name) => request.get(name) !== undefined);
  const { remoteAddress = '', localAddress } = request.socket;
  // By its own name a host, or a container, reaches itself from the address that it reaches.
  return !forwarded && (remoteAddress === localAddress || /^(::ffff:)?127\.|^::1$/.test(remoteAddress));
}

/** Only JSON: a page of another origin cannot send that without being asked first. */
export const onlyJson: RequestHandler = (request, response, next) => {
  if (request.is('application/json') === 'application/json') return next();
  const found = (request.get('content-type') ?? '').slice(0, 100);
  response
    .status(415)
    .json({ code: 415, message: `unsupported media type "${found}", only [application/json] are allowed` });
};
