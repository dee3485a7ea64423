import { type Directive, formatValue, show } from './format.ts';
import { type GoValue, typeOf } from './value.ts';

/** Go refuses wider ones too. */
const maxWidth = 1_000_000;

const directive = /%([-+# 0]*)(?:\[(\d+)\])?(\*|\d+)?(?:\.(?:\[(\d+)\])?(\*|\d*))?(?:\[(\d+)\])?([\s\S]?)/gu;

/** The operands, taken one after the other, or by `[n]`. */
interface Cursor {
  readonly operands: readonly GoValue[];
  next: number;
  reordered: boolean;
}

/** Go's fmt.Sprintf: it never fails, but says in the text what does not fit. */
export function sprintf(format: string, operands: readonly GoValue[]): string {
  const cursor: Cursor = { operands, next: 0, reordered: false };
  const text = format.replace(directive, (_, flags, first, width, second, precision, third, verb: string) => {
    point(cursor, first);
    const wide = measure(cursor, width, 'WIDTH');
    point(cursor, second);
    const fine = measure(cursor, precision, 'PREC');
    point(cursor, third);
    return wide.bad + fine.bad + take(cursor, { verb, flags, width: wide.value, precision: fine.value });
  });
  if (cursor.reordered || cursor.next >= operands.length) return text;
  return `${text}%!(EXTRA ${operands.slice(cursor.next).map(showExtra).join(', ')})`;
}

function point(cursor: Cursor, index: string | undefined): void {
  if (index === undefined) return;
  cursor.next = Number(index) - 1;
  cursor.reordered = true;
}

/** A width or precision, which `*` takes from the operands. */
function measure(cursor: Cursor, text: string | undefined, name: string) {
  if (text === undefined) return { value: undefined, bad: '' };
  const given = text === '*' ? cursor.operands[cursor.next++] : BigInt(text);
  if (typeof given === 'bigint' && given <= maxWidth && given >= -maxWidth) return { value: Number(given), bad: '' };
  return { value: undefined, bad: `%!(BAD${name})` };
}

function take(cursor: Cursor, { verb, flags, width, precision }: Directive): string {
  const { operands, next, reordered } = cursor;
  if (verb === '') return '%!(NOVERB)';
  if (verb === '%') return '%';
  if (next < 0 || next >= operands.length) return `%!${verb}(${reordered ? 'BADINDEX' : 'MISSING'})`;
  cursor.next++;
  return formatValue(operands[next], {
    verb,
    flags: width !== undefined && width < 0 ? `${flags}-` : flags,
    width: width === undefined ? undefined : Math.abs(width),
    precision: precision !== undefined && precision < 0 ? undefined : precision,
  });
}

function showExtra(value: GoValue): string {
  return value === undefined ? '<nil>' : `${typeOf(value)}=${show(value)}`;
}

/** Go's fmt.Sprint: a space between two operands of which neither is a text. */
export function sprint(operands: readonly GoValue[]): string {
  return operands
    .map((operand, index) => {
      const parted = index > 0 && typeof operand !== 'string' && typeof operands[index - 1] !== 'string';
      return (parted ? ' ' : '') + show(operand);
    })
    .join('');
}
