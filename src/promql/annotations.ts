import type { Span } from './ast.ts';
import { formatNumber } from './value.ts';

/** What Prometheus says beside a result: a warning of a likely mistake, or an info of something to know. */
export interface Annotations {
  warn(message: string, span: Span): void;
  inform(message: string, span: Span): void;
  readonly isEmpty: boolean;
  /** As Prometheus' API shows them: with the place in `text`, the expression that was evaluated. */
  listed(text: string): { readonly warnings: readonly string[]; readonly infos: readonly string[] };
}

/** An expression over thousands of series may have as many messages; nobody reads more than the first. */
const most = 100;

export function createAnnotations(): Annotations {
  const warnings = new Map<string, Span>();
  const infos = new Map<string, Span>();
  // As in Prometheus, of one message in two places the later place is shown.
  const add = (to: Map<string, Span>, message: string, span: Span): void => {
    if (to.has(message) || to.size < most) to.set(message, span);
  };
  return {
    get isEmpty() {
      return warnings.size + infos.size === 0;
    },
    warn: (message, span) => add(warnings, `PromQL warning: ${message}`, span),
    inform: (message, span) => add(infos, `PromQL info: ${message}`, span),
    listed: (text) => ({ warnings: placed(warnings, text), infos: placed(infos, text) }),
  };
}

function placed(messages: ReadonlyMap<string, Span>, text: string): readonly string[] {
  return [...messages].map(([message, { from }]) => {
    const lines = text.slice(0, from).split('\n');
    // Prometheus counts bytes.
    const column = new TextEncoder().encode(lines.at(-1)).length + 1;
    return `${message} (${lines.length}:${column})`;
  });
}

/** Quantiles have this check in four places. */
export function warnOfQuantile(annotations: Annotations, q: number, span: Span): void {
  if (q >= 0 && q <= 1) return;
  annotations.warn(`quantile value should be between 0 and 1, got ${formatNumber(q)}`, span);
}
