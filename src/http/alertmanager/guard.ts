import type { RequestHandler } from 'express';
import { foreignPage, refusalOf } from '../caller.ts';
import type { AlertmanagerPorts } from './ports.ts';

/** Who may post alerts and silences: they decide what people hear, and what is restarted. */
export function mayChange(
  ports: Pick<AlertmanagerPorts, 'token' | 'externalURL'>,
  { key, what }: { readonly key: string; readonly what: string } = { key: 'alertmanager.token', what: 'alerts' },
): RequestHandler {
  return async (request, response, next) => {
    const refusal = await refusalOf(request, ports);
    if (!refusal) return next();
    if (refusal === 'page') response.status(403).json(foreignPage);
    else if (refusal === 'machine') {
      response.status(403).json(`only this machine may change ${what}: set ${key}_file to let others`);
    } else {
      const scheme = 'Bearer realm="runnerwatch"';
      response.status(401).set('WWW-Authenticate', scheme).json(`send the token of ${key} as bearer token`);
    }
  };
}

/** Only JSON: a page of another origin cannot send that without being asked first. */
export const onlyJson: RequestHandler = (request, response, next) => {
  if (request.is('application/json') === 'application/json') return next();
  const found = (request.get('content-type') ?? '').slice(0, 100);
  response
    .status(415)
    .json({ code: 415, message: `unsupported media type "${found}", only [application/json] are allowed` });
};
