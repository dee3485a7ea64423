import type { Request, RequestHandler, Response } from 'express';
import { BadQueryError } from './filter.ts';
import type { AlertmanagerPorts, AlertmanagerView } from './ports.ts';

/** A route over the embedded routing, where there is one. */
export type WithView = (
  handle: (view: AlertmanagerView, request: Request, response: Response) => void,
) => RequestHandler;

export function createWithView(ports: AlertmanagerPorts): WithView {
  return (handle) => (request, response) => {
    const current = ports.view();
    if (!current) {
      response.status(503).json('no alerts are routed here: rules.enabled is false, or Runnerwatch is starting');
      return;
    }
    try {
      handle(current, request, response);
    } catch (error) {
      if (!(error instanceof BadQueryError)) throw error;
      response.status(400).json(error.message);
    }
  };
}
