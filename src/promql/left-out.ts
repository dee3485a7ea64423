/** What this engine leaves out on purpose, and the words for it. */

/** Off in Prometheus too, unless it is started with a feature flag. */
export function experimental(what: string, feature: string): string {
  return `${what} is experimental, off in Prometheus unless it runs with --enable-feature=${feature}`;
}

/** Of no use here: the history keeps numbers only. */
export function needsNative(what: string): string {
  return `${what} needs native histograms, which the embedded engine does not keep`;
}

const experimentalFunctions: ReadonlySet<string> = new Set([
  'double_exponential_smoothing',
  'end',
  'first_over_time',
  'histogram_quantiles',
  'info',
  'mad_over_time',
  'range',
  'sort_by_label',
  'sort_by_label_desc',
  'start',
  'start_timestamp',
  'step',
  'ts_of_first_over_time',
  'ts_of_last_over_time',
  'ts_of_max_over_time',
  'ts_of_min_over_time',
]);

const nativeFunctions: ReadonlySet<string> = new Set([
  'histogram_avg',
  'histogram_count',
  'histogram_stddev',
  'histogram_stdvar',
  'histogram_sum',
]);

/** Why a function that the grammar knows is not there. */
export function missingFunction(name: string): string {
  if (nativeFunctions.has(name)) return needsNative(`the function ${name}`);
  if (experimentalFunctions.has(name)) return experimental(`the function ${name}`, 'promql-experimental-functions');
  return `unknown function ${name}`;
}

/** The same for an aggregation. */
export function missingAggregation(operator: string): string {
  return experimental(`the aggregation ${operator}`, 'promql-experimental-functions');
}
