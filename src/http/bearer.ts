import { createHash, timingSafeEqual } from 'node:crypto';
import type { Request } from 'express';

/** Whether the request brings this token. Constant in time, whatever the lengths. */
export function hasBearer(request: Request, token: string): boolean {
  const given = /^Bearer (.+)$/i.exec(request.get('authorization') ?? '')?.[1];
  return given !== undefined && timingSafeEqual(digest(given), digest(token));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
