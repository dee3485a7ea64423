import type { Labels } from '../model/labels.ts';
import type { CallExpr, Expr } from './ast.ts';
import type { Scope } from './scope.ts';
import { keyOf, type PartValue, sameLabelset, type Value, withoutName } from './value.ts';

interface Labeled {
  readonly labels: Labels;
}

/**
 * Prometheus evaluates all steps of a subquery at once; so two series that come to the same labels are one too many
 * even where they never meet at one step. Throws its error for that. `after` has what became of `before`, in order.
 */
export function refuseRenamed(expr: Expr, before: readonly Labeled[], after: readonly Labeled[], scope: Scope): void {
  if (scope.from === scope.to) return;
  const sources = scope.named.get(expr) ?? new Map<string, string>();
  scope.named.set(expr, sources);
  after.forEach(({ labels }, index) => {
    const source = before[index];
    if (source) refuseSecondSource(sources, keyOf(labels), keyOf(source.labels));
  });
}

/** The same for a function: of series that loses their names, or of labels. */
export function refuseRenamedBy(expr: CallExpr, args: readonly PartValue[], value: Value, scope: Scope): void {
  if (scope.from === scope.to || value.type !== 'vector') return;
  const [first] = args;
  const over = args.find((arg) => arg.type === 'matrix');
  if (over) {
    const results = new Map(value.samples.map((sample) => [keyOf(sample.labels), sample]));
    const pairs = over.series.flatMap((series) => {
      const result = results.get(keyOf(withoutName(series.labels)));
      return result ? [{ series, result }] : [];
    });
    refuseRenamed(
      expr,
      pairs.map(({ series }) => series),
      pairs.map(({ result }) => result),
      scope,
    );
  } else if (expr.name.startsWith('label_') && first?.type === 'vector') {
    refuseRenamed(expr, first.samples, value.samples, scope);
  }
}

function refuseSecondSource(sources: Map<string, string>, result: string, source: string): void {
  const first = sources.get(result);
  if (first !== undefined && first !== source) throw sameLabelset();
  sources.set(result, source);
}
