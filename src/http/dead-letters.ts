import express, { type Request, type Response, Router } from 'express';
import { z } from 'zod';
import type { DeadLetters } from '../alerts/dead-letters.ts';
import { mayChange, onlyJson } from './alertmanager/guard.ts';
import type { HttpPorts } from './ports.ts';
import { withTimes } from './times.ts';

const maxBody = '64kb';
const maxIds = 1000;

const Asked = z
  .strictObject({
    ids: z.array(z.int().positive()).min(1).max(maxIds).optional(),
    all: z.literal(true).optional(),
    to: z.string().min(1).max(1024).optional(),
  })
  .refine(({ ids, all }) => (ids === undefined) !== (all === undefined), 'expected either ids or all');

type Handle = (letters: DeadLetters, request: Request, response: Response) => Promise<void> | void;

/** Notifications that were given up: who looks, and who sends them again. */
export function deadLetterRoutes({ alertmanager }: HttpPorts): Router {
  const router = Router();
  const withLetters = (handle: Handle) => async (request: Request, response: Response) => {
    const letters = alertmanager.view()?.deadLetters;
    if (letters) return handle(letters, request, response);
    refuse(response, 503, 'no alerts are routed here: rules.enabled is false, or Runnerwatch is starting');
  };
  router.get(
    '/api/v1/notifications/dead',
    withLetters(async (letters, _, response) => succeed(response, { letters: await letters.list() })),
  );
  router.post(
    '/api/v1/notifications/resend',
    ...[mayChange(alertmanager), onlyJson, express.json({ limit: maxBody })],
    withLetters(resend),
  );
  return router;
}

function resend(letters: DeadLetters, { body }: Request, response: Response): void {
  const { data, error } = Asked.safeParse(body);
  if (data) succeed(response, letters.resend({ ids: data.ids ?? 'all', to: data.to }));
  else refuse(response, 400, error.issues.map(({ path, message }) => [...path, message].join(': ')).join('; '));
}

function succeed(response: Response, data: object): void {
  response.set('Cache-Control', 'no-store').type('application/json');
  response.send(JSON.stringify({ status: 'success', data }, withTimes));
}

function refuse(response: Response, status: number, error: string): void {
  response.status(status).json({ status: 'error', error });
}
