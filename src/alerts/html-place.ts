/** Where in HTML the end of a text is, as far as it decides how something is inserted there. */
export type Place =
  | { readonly kind: 'text' }
  | { readonly kind: 'comment' }
  /** A script or a style. */
  | { readonly kind: 'code' }
  | { readonly kind: 'tag'; readonly element: string }
  | {
      readonly kind: 'attribute';
      readonly element: string;
      readonly name: string;
      readonly quote: string;
      readonly isEmpty: boolean;
    };

const raw = /^(?:script|style)$/i;

/** The place after one more piece of text. */
export function follow(place: Place, piece: string): Place {
  let at = place;
  let rest = piece;
  while (rest !== '') [at, rest] = step(at, rest);
  return at;
}

type Step = readonly [Place, string];

function step(place: Place, rest: string): Step {
  if (place.kind === 'text') return inText(rest);
  if (place.kind === 'comment') return after(rest, /-->/, { kind: 'text' }, place);
  if (place.kind === 'code') return after(rest, /<\/(?:script|style)/i, { kind: 'tag', element: '' }, place);
  if (place.kind === 'tag') return inTag(place.element, rest);
  const end = rest.indexOf(place.quote);
  if (end < 0) return [{ ...place, isEmpty: false }, ''];
  return [{ kind: 'tag', element: place.element }, rest.slice(end + 1)];
}

function after(rest: string, end: RegExp, next: Place, same: Place): Step {
  const match = end.exec(rest);
  return match ? [next, rest.slice(match.index + match[0].length)] : [same, ''];
}

function inText(rest: string): Step {
  const match = /<!--|<\/?([a-z][\w-]*)/i.exec(rest);
  if (!match) return [{ kind: 'text' }, ''];
  const next = rest.slice(match.index + match[0].length);
  if (match[1] === undefined) return [{ kind: 'comment' }, next];
  return [{ kind: 'tag', element: match[0].startsWith('</') ? '' : match[1] }, next];
}

function inTag(element: string, rest: string): Step {
  const match = />|([\w:-]+)\s*=\s*(["'])/.exec(rest);
  if (!match) return [{ kind: 'tag', element }, ''];
  const [whole, name, quote] = match;
  const next = rest.slice(match.index + whole.length);
  if (name === undefined || quote === undefined) return [{ kind: raw.test(element) ? 'code' : 'text' }, next];
  return [{ kind: 'attribute', element, name, quote, isEmpty: true }, next];
}
