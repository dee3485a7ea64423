import { show } from './format.ts';
import { compareTexts, type GoValue, typeOf } from './value.ts';

type Basic = string | number | bigint | boolean;

function isBasic(value: GoValue): value is Basic {
  return value !== undefined && typeof value !== 'object';
}

/** Go's eq: true where the first equals any of the others. Throws an Error where they cannot be compared. */
export function equalsAny([first, ...others]: readonly GoValue[]): boolean {
  if (others.length === 0) throw new Error('missing argument for comparison');
  checkComparable(first);
  return others.some((other) => equals(first, other));
}

function equals(left: GoValue, right: GoValue): boolean {
  if (left === undefined || right === undefined) return left === right;
  if (isBasic(left) && isBasic(right) && typeof left !== typeof right) {
    throw incompatible(left, right);
  }
  checkComparable(right);
  if (isBasic(left) !== isBasic(right)) throw incompatible(left, right);
  return left === right;
}

function incompatible(left: GoValue, right: GoValue): Error {
  return new Error(`incompatible types for comparison: ${typeOf(left)} and ${typeOf(right)}`);
}

function checkComparable(value: GoValue): void {
  if (typeof value === 'object' && value.kind !== 'struct') {
    throw new Error(`non-comparable type ${show(value)}: ${typeOf(value)}`);
  }
}

/** Below zero, zero or above, for lt, le, gt and ge; NaN where neither holds. Throws an Error. */
export function order(left: GoValue, right: GoValue): number {
  if (!isBasic(left) || !isBasic(right)) throw new Error('invalid type for comparison');
  if (typeof left !== typeof right) throw incompatible(left, right);
  if (typeof left === 'string' && typeof right === 'string') return compareTexts(left, right);
  if (typeof left === 'boolean') throw new Error('invalid type for comparison');
  if (left < right) return -1;
  if (left > right) return 1;
  return left === right ? 0 : Number.NaN;
}
