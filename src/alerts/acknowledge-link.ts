import { createHmac, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';

/** What a link in a notification acknowledges: the alerts of one group of a chain that had begun by a time. */
export interface LinkClaim {
  readonly chain: string;
  /** The fingerprint of the group's labels: the labels themselves stay out of URLs. */
  readonly group: string;
  /** Of the notification, ms since the epoch. */
  readonly at: number;
  readonly expiresAt: number;
}

const Time = z
  .string()
  .regex(/^\d{1,15}$/)
  .transform(Number);

const Query = z.object({
  chain: z.string().max(64),
  group: z.string().regex(/^[0-9a-f]{16}$/),
  at: Time,
  expires: Time,
  signature: z.string().regex(/^[\w-]{43}$/),
});

/** The path and query of a link that nobody can make or change without the key. */
export function linkFor(key: Buffer, claim: LinkClaim): string {
  const { chain, group, at, expiresAt } = claim;
  const signature = sign(key, claim).toString('base64url');
  const query = new URLSearchParams({ chain, group, at: String(at), expires: String(expiresAt), signature });
  return `ack?${query}`;
}

/** What a link's query claims; undefined where it was not made with the key, or is none at all. */
export function readLink(key: Buffer, query: unknown): LinkClaim | undefined {
  const { data } = Query.safeParse(query);
  if (!data) return undefined;
  const { chain, group, at, expires: expiresAt, signature } = data;
  const claim = { chain, group, at, expiresAt };
  return timingSafeEqual(Buffer.from(signature, 'base64url'), sign(key, claim)) ? claim : undefined;
}

/** HMAC-SHA256 over a list: no field can run into the next. */
function sign(key: Buffer, { chain, group, at, expiresAt }: LinkClaim): Buffer {
  return createHmac('sha256', key)
    .update(JSON.stringify(['acknowledge', chain, group, at, expiresAt]))
    .digest();
}
