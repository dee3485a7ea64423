import { escapeHtml as escapeBasic } from './gotemplate/builtins.ts';
import type { Escape } from './gotemplate/run.ts';
import { follow, type Place } from './html-place.ts';
import { isSafeHtml } from './notification-functions.ts';

/** A plus is escaped too, which old browsers read in UTF-7. */
function escapeText(text: string): string {
  return escapeBasic(text).replaceAll('+', '&#43;');
}

/** How far each output was read, so that nothing is read twice. */
const read = new WeakMap<readonly string[], { readonly place: Place; readonly pieces: number }>();

function placeAfter(output: readonly string[]): Place {
  const { place, pieces } = read.get(output) ?? { place: { kind: 'text' } as const, pieces: 0 };
  const now = output.slice(pieces).reduce(follow, place);
  read.set(output, { place: now, pieces: output.length });
  return now;
}

/**
 * Go's html/template, as far as notifications need it: what is inserted is escaped for its place. Only http, https
 * and mailto begin a link; nothing is inserted into scripts, styles, comments and the names of a tag.
 */
export const escapeHtml: Escape = (value, text, before) => {
  const place = placeAfter(before);
  if (place.kind === 'text') return isSafeHtml(value) ? text : escapeText(text);
  if (place.kind === 'comment') return '';
  if (place.kind !== 'attribute' || /^(?:style|on.*)$/i.test(place.name)) return 'ZgotmplZ';
  if (!/^(?:href|src|action|background|cite)$/i.test(place.name)) return escapeText(text);
  if (place.isEmpty && !isAllowed(text)) return '#ZgotmplZ';
  return escapeText(normalized(text));
};

function isAllowed(text: string): boolean {
  const scheme = /^([^/?#:]*):/.exec(text)?.[1];
  return scheme === undefined || /^(?:https?|mailto)$/i.test(scheme);
}

/** A URL with what does not belong into one percent-encoded, and what is encoded already left as it is. */
function normalized(text: string): string {
  return text.replace(/[^\w\-.~!#$&*+,/:;=?@[\]%]|%(?![\da-fA-F]{2})/gu, (character) =>
    [...Buffer.from(character)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join(''),
  );
}
