import fc from 'fast-check';

/** The same expressions on every run, so that a disagreement can be looked at. */
const seed = 20_261_125;

const plain = [
  ...[
    'temperature',
    'requests_total',
    'limit',
    'floor_info',
    'gapped',
    'returned',
    'silent',
    'ended',
    'flapping',
    'slope',
  ],
  ...['young_total', 'single_total', 'flat', 'build', 'walk{third="0"}', 'walk{id=~"1.*"}', 'temperature{floor="1"}'],
  ...['requests_total{code!="500"}', 'temperature{room=~"a|c|z"}', 'nothing', '{__name__=~"old_total|new_total"}'],
  ...['special', 'mixed', 'angle', 'limit{room!~"z.*"}', '{__name__="limit"}', 'latency_seconds_bucket'],
];
/** Their values differ, so that the order in a store does not show in topk. */
const distinct = ['temperature', 'requests_total', 'limit', 'slope', 'temperature{floor="2"}'];

const selector = fc.constantFrom(...plain);
const seconds = fc.constantFrom('7s', '15s', '16s', '40s', '1m', '2m30s', '5m', '333s', '600', '17m');
const step = fc.constantFrom('', '10s', '15s', '25s', '1m', '77s');
const offset = fc.constantFrom('offset 15s', 'offset 2m', 'offset -40s', 'offset 7m', 'offset 333');
const pin = fc.constantFrom('@ start()', '@ end()', '@ 1700000507', '@ 1700001000.5', '@ 1700000007');
const shift = fc.oneof(
  { weight: 6, arbitrary: fc.constant('') },
  { weight: 2, arbitrary: offset.map((text) => ` ${text}`) },
  { weight: 1, arbitrary: pin.map((text) => ` ${text}`) },
  {
    weight: 1,
    arbitrary: fc.tuple(offset, pin, fc.boolean()).map(([a, b, swap]) => (swap ? ` ${b} ${a}` : ` ${a} ${b}`)),
  },
);

const overRange = fc.constantFrom(
  ...['rate', 'increase', 'delta', 'irate', 'idelta', 'deriv', 'changes', 'resets', 'avg_over_time', 'min_over_time'],
  ...['max_over_time', 'sum_over_time', 'count_over_time', 'last_over_time', 'present_over_time', 'stdvar_over_time'],
  ...['absent_over_time'],
);
const elementwise = fc.constantFrom(
  ...['abs', 'ceil', 'floor', 'sgn', 'round', 'sqrt', 'sort', 'sort_desc', 'absent', 'deg', 'hour', '-', '+'],
  ...['minute', 'month', 'year', 'day_of_year', 'exp', 'ln', 'atan', 'tanh'],
);
const aggregation = fc.constantFrom('sum', 'avg', 'min', 'max', 'count', 'group', 'stdvar');
const grouping = fc.constantFrom(
  ...['', ' by (floor)', ' by (job, code)', ' without (room)', ' without (id, code)', ' by (__name__)', ' by (le)'],
  ...[' by (nothing)', ' without ()', ' by (third)'],
);
const arithmetic = fc.constantFrom('+', '-', '*', '/', '%');
const comparison = fc.constantFrom('==', '!=', '>', '<', '>=', '<=', '> bool', '== bool', '<= bool');
const setOperator = fc.constantFrom('and', 'or', 'unless');
const matching = fc.constantFrom(
  ...[
    '',
    ' on()',
    ' on(room)',
    ' on(floor)',
    ' on(job)',
    ' ignoring(room)',
    ' ignoring(floor, name)',
    ' ignoring(code)',
  ],
);
const grouped = fc.constantFrom(
  ...[' on(floor) group_left', ' on(floor) group_left(name)', ' on(floor) group_right', ' ignoring(room) group_left'],
  ...[' on(job) group_right(code)', ' on() group_left', ' ignoring(code) group_right()'],
);
const constant = fc.constantFrom('0', '1', '-2.5', '0.1', '1e3', 'Inf', 'NaN', '7', '-0');

type Grammar = { readonly [Type in 'vector' | 'matrix' | 'scalar']: string };

const grammar = fc.letrec<Grammar>((tie) => ({
  vector: fc.oneof(
    { maxDepth: 3, depthIdentifier: 'depth' },
    fc.tuple(selector, shift).map((parts) => parts.join('')),
    fc.tuple(overRange, tie('matrix')).map(([name, matrix]) => `${name}(${matrix})`),
    fc.tuple(overRange, tie('matrix')).map(([name, matrix]) => `${name}(${matrix})`),
    fc.tuple(elementwise, tie('vector')).map(([name, vector]) => `${name}(${vector})`),
    fc.tuple(aggregation, grouping, tie('vector')).map(([name, by, vector]) => `${name}${by} (${vector})`),
    fc.tuple(tie('vector'), fc.oneof(arithmetic, comparison), matching, tie('vector')).map(joined),
    fc.tuple(tie('vector'), fc.oneof(arithmetic, comparison), grouped, tie('vector')).map(joined),
    fc.tuple(tie('vector'), setOperator, matching, tie('vector')).map(joined),
    fc.tuple(tie('vector'), fc.oneof(arithmetic, comparison), fc.constant(''), tie('scalar')).map(joined),
    fc.tuple(tie('scalar'), fc.oneof(arithmetic, comparison), fc.constant(''), tie('vector')).map(joined),
    fc
      .tuple(fc.constantFrom('topk', 'bottomk'), grouping, tie('scalar'), fc.constantFrom(...distinct), shift)
      .map(([name, by, k, metric, when]) => `${name}${by} (${k}, ${metric}${when})`),
    fc.tuple(constant, grouping, tie('vector')).map(([q, by, vector]) => `quantile${by} (${q}, ${vector})`),
    // Rounded, for the last bits of exp and its like are the processor's and the library's own, and a label shows them.
    fc.tuple(grouping, tie('vector')).map(([by, vector]) => `count_values${by} ("value", round(${vector}, 0.01))`),
    fc.tuple(constant, tie('matrix')).map(([q, matrix]) => `quantile_over_time(${q}, ${matrix})`),
    fc.tuple(tie('matrix'), tie('scalar')).map(([matrix, ahead]) => `predict_linear(${matrix}, ${ahead})`),
    fc.tuple(constant, tie('vector')).map(([q, vector]) => `histogram_quantile(${q}, ${vector})`),
    fc.tuple(tie('vector'), constant, constant).map((parts) => `clamp(${parts.join(', ')})`),
    fc
      .tuple(
        tie('vector'),
        fc.constantFrom('"new", "$1", "room", "([ab])"', '"room", "", "job", ".*"', '"job", "$1-x", "code", "(.)(.*)"'),
      )
      .map((parts) => `label_replace(${parts.join(', ')})`),
    tie('vector').map((vector) => `label_join(${vector}, "new", "-", "room", "job", "id")`),
    tie('scalar').map((scalar) => `vector(${scalar})`),
    // Not with both: see docs/promql.md.
    fc.tuple(selector, fc.oneof(offset, pin)).map(([metric, when]) => `timestamp(${metric} ${when})`),
  ),
  matrix: fc.oneof(
    { maxDepth: 3, depthIdentifier: 'depth' },
    fc.tuple(selector, seconds, shift).map(([metric, range, when]) => `${metric}[${range}]${when}`),
    fc
      .tuple(tie('vector'), seconds, step, shift)
      .map(([vector, range, every, when]) => `(${vector})[${range}:${every}]${when}`),
  ),
  scalar: fc.oneof(
    { maxDepth: 3, depthIdentifier: 'depth' },
    constant,
    fc.constantFrom('time()', 'pi()', 'scalar(flat)', 'scalar(limit{room="b"})', 'scalar(nothing)'),
    tie('vector').map((vector) => `scalar(${vector})`),
    fc.tuple(tie('scalar'), arithmetic, tie('scalar')).map(([a, operator, b]) => `(${a} ${operator} ${b})`),
  ),
}));

function joined([left, operator, labels, right]: readonly [string, string, string, string]): string {
  return `(${left}) ${operator}${labels} (${right})`;
}

/** Sound in every type; most have a result, some fail on the data. */
export function generated(count: number, from: number = seed): readonly string[] {
  return [...new Set(fc.sample(grammar.vector, { seed: from, numRuns: count }))];
}
