import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PromqlError } from '../../src/promql/error.ts';
import { historyNeeded } from '../../src/promql/evaluate.ts';
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

describe('parseExpr', () => {
  it.each([
    ['histogram_quantile(0.9, x)', 1, 1, 'function histogram_quantile is not supported by the embedded engine'],
    [
      'sum by (a)\n  (label_replace(x, "a", "b", "c", "d"))',
      2,
      4,
      'function label_replace is not supported by the embedded engine',
    ],
    ['count_values("v", x)', 1, 1, 'aggregation count_values is not supported by the embedded engine'],
    ['x[5m:1m]', 1, 1, 'a subquery is not supported by the embedded engine'],
    ['x @ 5', 1, 1, 'the modifier @ is not supported by the embedded engine'],
    ['x + fill(0) y', 1, 5, 'the modifier fill is not supported by the embedded engine'],
    ['rate(x[5m * 2])', 1, 8, 'arithmetic with durations is not supported by the embedded engine'],
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
    ['(x) offset 5m', 1, 12, 'an offset may only follow a selector'],
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

describe('historyNeeded', () => {
  it.each([
    ['1', 0],
    ['x', 300_000],
    ['x offset 1h', 3_900_000],
    ['x offset -1h', 0],
    ['rate(x[10m] offset 5m) > 3', 900_000],
    ['sum(rate(x[1m])) / sum(y) and absent_over_time(z[2d])', 172_800_000],
    ['-(x)', 300_000],
  ])('%s looks back %d ms', (text, ms) => {
    expect(historyNeeded(parseExpr(text))).toBe(ms);
  });
});
