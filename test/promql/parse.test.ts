import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PromqlError } from '../../src/promql/error.ts';
import { fixedTimeOf, historyNeeded } from '../../src/promql/history-needed.ts';
import { parseExpr } from '../../src/promql/parse.ts';
import { expressions, malformed } from './corpus.ts';

function faultOf(text: string): PromqlError {
  try {
    parseExpr(text);
  } catch (error) {
    if (error instanceof PromqlError) return error;
    throw error;
  }
  throw new Error(`${text} was accepted`);
}

function isOff(what: string, feature: string): string {
  return `${what} is experimental, off in Prometheus unless it runs with --enable-feature=${feature}`;
}

describe('parseExpr', () => {
  it.each([
    [
      'sum by (a)\n  (histogram_avg(x))',
      2,
      4,
      'the function histogram_avg needs native histograms, which the embedded engine does not keep',
    ],
    ['x </ 5', 1, 3, 'the operator </ needs native histograms, which the embedded engine does not keep'],
    ['mad_over_time(x[5m])', 1, 1, isOff('the function mad_over_time', 'promql-experimental-functions')],
    ['end() - 5', 1, 1, isOff('the function end', 'promql-experimental-functions')],
    ['limitk(2, x)', 1, 1, isOff('the aggregation limitk', 'promql-experimental-functions')],
    ['x + fill(0) y', 1, 5, isOff('the modifier fill', 'promql-binop-fill-modifiers')],
    ['rate(x[5m * 2])', 1, 8, isOff('arithmetic with durations', 'promql-duration-expr')],
    ['rate(x[5m] anchored)', 1, 6, isOff('the modifier anchored', 'promql-extended-range-selectors')],
    ['x[5m:1m]', 1, 1, 'a range vector needs a function around it, such as rate or max_over_time'],
    ['rate(time()[5m:1m])', 1, 6, 'a subquery needs an instant vector, got a scalar'],
    ['rate(x[5m:0s])', 1, 11, 'a range must be greater than 0'],
    [
      'rate(x[7d:1s])',
      1,
      6,
      'a subquery of 604800 steps is more than the 100000 that are allowed; shorten its range or lengthen its step',
    ],
    ['x @ NaN', 1, 5, 'NaN is no timestamp'],
    ['x @ 5 @ 6', 1, 9, '@ may not be set twice'],
    ['rate(x @ 5 [5m])', 1, 13, 'an offset or @ may not stand before the range'],
    ['(x) @ 5', 1, 7, '@ may only follow a selector, a range or a subquery'],
    ['label_join(x, "a")', 1, 1, 'the function label_join expects at least 3 arguments, got 2'],
    ['label_join(x, "a", "-", 1)', 1, 25, 'the function label_join expects a string, got a scalar'],
    ['x >\n  nope(y, 2)', 2, 3, 'unknown function nope'],
    ['rate(x)', 1, 6, 'the function rate expects a range vector, got an instant vector'],
    ['rate(x[5m], 3)', 1, 1, 'the function rate expects 1 argument, got 2'],
    ['round(x, 1, 2)', 1, 1, 'the function round expects 1 to 2 arguments, got 3'],
    ['topk(x)', 1, 1, 'the aggregation topk expects 2 arguments, got 1'],
    ['sum(1)', 1, 5, 'the aggregation sum expects an instant vector, got a scalar'],
    ['x[5m]', 1, 1, 'a range vector needs a function around it, such as rate or max_over_time'],
    ['x and 1', 1, 1, 'the operator and needs an instant vector on both sides'],
    ['1 > 2', 1, 1, 'a comparison between scalars needs the modifier bool'],
    ['x +', 1, 4, 'unexpected end of the expression'],
    ['x y', 1, 3, 'unexpected "y"'],
    ['sum(x', 1, 6, 'unexpected end of the expression'],
    ['', 1, 1, 'the expression is empty'],
    ['x{a="b}', 1, 5, 'unterminated quoted string'],
    ['x{a=~"("}', 1, 6, 'error parsing regexp: missing closing ): `(`'],
    ['(x) offset 5m', 1, 12, 'an offset may only follow a selector, a range or a subquery'],
    ['x{__name__="y"}', 1, 1, 'metric name must not be set twice: "x" or "y"'],
  ])('says what is wrong with %j and where', (text, line, column, message) => {
    expect(faultOf(text)).toMatchObject({ line, column, message });
  });

  it('binds a sign and an offset as Prometheus does, not as the grammar draws them', () => {
    expect(parseExpr('-2 ^ 2')).toMatchObject({ kind: 'unary', operand: { kind: 'binary', operator: '^' } });
    expect(parseExpr('a + b offset 5m * 2')).toMatchObject({
      operator: '+',
      left: { kind: 'selector', offsetMs: 0 },
      right: { operator: '*', left: { kind: 'selector', offsetMs: 300_000 } },
    });
  });

  it('refuses depths that would overflow the stack', () => {
    expect(faultOf(`${'('.repeat(5000)}x${')'.repeat(5000)}`).message).toBe('the expression is nested too deeply');
  });

  it('takes any text without failing in another way', () => {
    const word = fc.constantFrom(...[...expressions, ...malformed].flatMap((text) => text.split(/\b/)));
    const texts = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.array(word, { maxLength: 15 }).map((words) => words.join('')),
    );
    fc.assert(
      fc.property(texts, (text) => {
        try {
          parseExpr(text);
        } catch (error) {
          expect(error).toBeInstanceOf(PromqlError);
        }
      }),
      { numRuns: 2000 },
    );
  });
});

describe('fixedTimeOf', () => {
  it.each([
    ['x @ 5', 5000],
    ['sum(rate(x[5m] @ -1.5)) > 2', -1500],
    ['y + max_over_time(x[5m:1m] @ 0 offset 5m)', 0],
    ['max_over_time((x @ 7)[5m:1m])', 7000],
    ['x @ end() + y @ start() + 5', undefined],
  ])('of %s is %s', (text, time) => {
    expect(fixedTimeOf(parseExpr(text))).toBe(time);
  });
});

describe('historyNeeded', () => {
  it.each([
    ['1', 0],
    ['x', 300_000],
    ['x offset 1h', 3_900_000],
    ['x offset -1h', 0],
    ['rate(x[10m] offset 5m) > 3', 900_000],
    ['sum(rate(x[1m])) / sum(y) and absent_over_time(z[2d])', 172_800_000],
    ['-(x)', 300_000],
    ['max_over_time(rate(x[5m])[1h:1m])', 3_900_000],
    ['max_over_time(rate(x[5m] offset 10m)[1h:] offset 1h)', 8_100_000],
    ['max_over_time(x[1h:1m] offset -2h)', 0],
    ['max_over_time((x offset -1h)[2h:1m])', 3_900_000],
    ['x @ end() offset 1h', 3_900_000],
  ])('%s looks back %d ms', (text, ms) => {
    expect(historyNeeded(parseExpr(text))).toBe(ms);
  });
});
