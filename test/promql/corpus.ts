import { line, type TestSeries } from './load.ts';

const steps = 81;

/** Twenty minutes of 15 s: counters with and without resets, gauges, gaps, ends, special values. */
export const series: readonly TestSeries[] = [
  { labels: { __name__: 'requests_total', job: 'api', code: '200' }, values: line(0, 10, steps) },
  { labels: { __name__: 'requests_total', job: 'api', code: '500' }, values: line(3, 1, steps) },
  {
    labels: { __name__: 'requests_total', job: 'web', code: '200' },
    values: [...line(100, 7, 30), ...line(2, 5, 20), ...line(0, 3, steps - 50)],
  },
  { labels: { __name__: 'young_total', job: 'api' }, values: [...Array<'_'>(70).fill('_'), ...line(1, 4, 11)] },
  { labels: { __name__: 'single_total' }, values: [...Array<'_'>(78).fill('_'), 5] },
  { labels: { __name__: 'ended', job: 'api' }, values: [...line(1, 1, 75), 'stale'] },
  { labels: { __name__: 'returned', job: 'api' }, values: [...line(1, 1, 66), 'stale', '_', '_', ...line(70, 2, 12)] },
  { labels: { __name__: 'silent', job: 'api' }, values: line(1, 1, 60) },
  { labels: { __name__: 'gapped', job: 'api' }, values: line(0, 1, steps).map((v) => (v % 3 === 1 ? '_' : v * v)) },
  { labels: { __name__: 'temperature', room: 'a', floor: '1' }, values: line(20, -0.5, steps) },
  { labels: { __name__: 'temperature', room: 'b', floor: '1' }, values: line(0, 1, steps).map((v) => Math.sin(v)) },
  { labels: { __name__: 'temperature', room: 'c', floor: '2' }, values: line(-3.7, 0.1, steps) },
  { labels: { __name__: 'temperature', room: 'd', floor: '2' }, values: line(7, 0, steps) },
  { labels: { __name__: 'limit', room: 'a' }, values: line(30, 0, steps) },
  { labels: { __name__: 'limit', room: 'b' }, values: line(0.1, 0, steps) },
  { labels: { __name__: 'limit', room: 'z' }, values: line(1, 0, steps) },
  { labels: { __name__: 'floor_info', floor: '1', name: 'ground' }, values: line(1, 0, steps) },
  { labels: { __name__: 'floor_info', floor: '2', name: 'first' }, values: line(1, 0, steps) },
  { labels: { __name__: 'special', kind: 'nan' }, values: line(0, 0, steps).map(() => Number.NaN) },
  { labels: { __name__: 'special', kind: 'inf' }, values: line(0, 0, steps).map(() => Number.POSITIVE_INFINITY) },
  { labels: { __name__: 'special', kind: 'neg' }, values: line(0, 0, steps).map(() => Number.NEGATIVE_INFINITY) },
  { labels: { __name__: 'special', kind: 'one' }, values: line(1, 0, steps) },
  { labels: { __name__: 'flapping' }, values: line(0, 1, steps).map((v) => (v % 5 < 2 ? 0 : 1)) },
  { labels: { __name__: 'huge', id: '1' }, values: line(1e308, 0, steps) },
  { labels: { __name__: 'huge', id: '2' }, values: line(1e308, 0, steps) },
  { labels: { __name__: 'cancel', id: '1' }, values: line(1e100, 0, steps) },
  { labels: { __name__: 'cancel', id: '2' }, values: line(1, 0, steps) },
  { labels: { __name__: 'cancel', id: '3' }, values: line(-1e100, 0, steps) },
];

const rangeFunctions = [
  'rate',
  'increase',
  'delta',
  'irate',
  'idelta',
  'avg_over_time',
  'min_over_time',
  'max_over_time',
  'sum_over_time',
  'count_over_time',
  'last_over_time',
  'present_over_time',
  'stddev_over_time',
  'stdvar_over_time',
  'changes',
  'resets',
];
const metrics = ['requests_total', 'young_total', 'single_total', 'ended', 'returned', 'silent', 'gapped', 'flapping'];
const arithmetic = ['+', '-', '*', '/', '%', '^', 'atan2'];
const comparisons = ['==', '!=', '>', '<', '>=', '<='];

/** Every expression must have the same result here and in promtool. */
export const expressions: readonly string[] = [
  // Literals and precedence.
  ...['1', '0x1F', '017', '1_000', '.5', '1e3', '1h30m', '-1 ^ 2', '2 ^ -1 ^ 2', '2 ^ 3 ^ 2', '-2 ^ 2 * 3', '+5 - -3'],
  ...['7 % 3', '-7 % 3', '1 - 2 - 3', '2 * 3 % 4', '8 / 4 / 2', '1 == bool 1', '1 > bool 2 + 3', '1 atan2 2', '5m / 2'],
  ...['1 + Inf', '-Inf', '1 ^ NaN == bool 1', '-1 ^ Inf', '(-1) ^ Inf', '1 / 0', 'time()', 'time() - 60'],
  // Selectors, matchers, lookback, staleness.
  ...[
    ...metrics,
    'temperature',
    '{__name__="limit"}',
    '{"limit", room="a"}',
    '{"limit", "temperature"}',
    'temperature{room=~"a|c"}',
  ],
  ...['temperature{room!~"a|c"}', 'temperature{room!="a"}', 'temperature{nothing=""}', 'temperature{room=~"a.*"}'],
  ...['temperature{room!=""}', '{__name__=~"limit|floor_info"}', 'temperature{room=~".+",floor!~"[13]"}', 'nothing'],
  ...['ended offset 2m', 'silent offset 5m', 'young_total offset 10m', 'temperature offset -1m', 'limit offset 1m * 2'],
  ...['temperature + limit offset 1m', '-temperature', '+temperature', '-temperature ^ 2', '-temperature offset 1m'],
  ...["temperature{room='a'}", 'temperature{room=`a`}', 'temperature{room="\\x61"}', '# comment\nlimit # end'],
  // Ranges.
  ...rangeFunctions.flatMap((name) => metrics.map((metric) => `${name}(${metric}[5m])`)),
  ...rangeFunctions.flatMap((name) => [`${name}(requests_total[1m] offset 2m)`, `${name}(special[2m])`]),
  ...['rate(requests_total[15s])', 'rate(requests_total[16s])', 'rate(requests_total[31s])', 'rate((gapped[4m]))'],
  ...['quantile_over_time(0.9, temperature[10m])', 'quantile_over_time(2, limit[1m])', 'avg_over_time(huge[5m])'],
  ...['quantile_over_time(scalar(limit{room="b"}), temperature[3m])', 'sum_over_time(cancel[1m])'],
  // Aggregations.
  ...['sum', 'avg', 'min', 'max', 'count', 'group', 'stddev', 'stdvar'].flatMap((name) => [
    `${name}(temperature)`,
    `${name} by (floor) (temperature)`,
    `${name} without (room) (temperature)`,
    `${name}(temperature) by (nothing, floor)`,
    `${name}(special)`,
    `${name}(special{kind!="nan"})`,
    `${name}(nothing)`,
  ]),
  ...['sum(cancel)', 'avg(cancel)', 'avg(huge)', 'sum(huge)', 'sum by (__name__) ({__name__=~"limit|floor_info"})'],
  ...[
    'quantile(0.5, temperature)',
    'quantile by (floor) (0.25, temperature)',
    'quantile(-1, limit)',
    'quantile(NaN, limit)',
  ],
  ...[
    'topk(2, temperature)',
    'bottomk(1, temperature) by (floor)',
    'topk(0, limit)',
    'topk(-1e30, limit)',
    'topk(1.9, limit)',
    'topk(-Inf, limit)',
    'topk by (floor) (1, temperature)',
  ],
  ...[
    'topk(3, special)',
    'bottomk(3, special)',
    'SUM BY (floor) (temperature)',
    'count(sum by (code) (requests_total))',
  ],
  // Operators with a scalar.
  ...arithmetic.flatMap((op) => [
    `temperature ${op} 2`,
    `2 ${op} temperature`,
    `temperature ${op} 0`,
    `special ${op} 1`,
  ]),
  ...comparisons.flatMap((op) => [
    `temperature ${op} 7`,
    `7 ${op} temperature`,
    `temperature ${op} bool 7`,
    `7 ${op} bool temperature`,
    `special ${op} 1`,
    `special ${op} bool 1`,
  ]),
  // Two vectors.
  ...[...arithmetic, ...comparisons].flatMap((op) => [
    `temperature ${op} on(room) limit`,
    `temperature ${op} ignoring(floor) limit`,
    `temperature ${op} on(floor) group_left floor_info`,
    `temperature ${op} on(floor) group_left(name) floor_info`,
    `floor_info ${op} on(floor) group_right(name) temperature`,
    `temperature ${op} temperature`,
    `special ${op} special`,
  ]),
  ...comparisons.map((op) => `temperature ${op} bool on(room) limit`),
  ...comparisons.map((op) => `floor_info ${op} bool on(floor) group_right(nothing) temperature`),
  ...[
    'temperature and on(room) limit',
    'temperature or limit',
    'temperature unless on(room) limit',
    'limit or nothing',
  ],
  ...[
    'nothing or limit',
    'limit and nothing',
    'limit unless nothing',
    'temperature and limit',
    'temperature or on(room) limit',
  ],
  ...['temperature and ignoring(floor) limit', 'temperature unless ignoring(floor) limit', 'limit and on() floor_info'],
  ...['temperature or on() limit', 'limit or limit * 2', 'limit > 0.5 or vector(1)', 'limit unless on() vector(1)'],
  ...[
    'temperature > 5 and limit < 100 or limit',
    'nothing + limit',
    'limit / on(room) nothing',
    'limit * on(__name__, room) limit',
  ],
  // Functions.
  ...['abs', 'ceil', 'floor', 'sqrt', 'exp', 'ln', 'log2', 'log10', 'sgn', 'round', 'timestamp'].flatMap((name) => [
    `${name}(temperature)`,
    `${name}(special)`,
  ]),
  ...['round(temperature, 0.1)', 'round(temperature, 5)', 'round(temperature, 0)', 'timestamp(silent offset 6m)'],
  ...[
    'timestamp(-limit)',
    'timestamp(timestamp(limit))',
    'scalar(limit)',
    'scalar(limit{room="a"})',
    'scalar(nothing)',
  ],
  ...['vector(1)', 'vector(time())', 'vector(scalar(limit{room="a"}))', 'absent(limit)', 'absent(nothing)'],
  ...[
    'absent(nothing{a="b"})',
    'absent(nothing{a="b",c!="d",e=~"f"})',
    'absent(nothing{a="b",a="c"})',
    'absent(nothing{a=~"b",a="c"})',
  ],
  ...['absent(sum(nothing{a="b"}))', 'absent(nothing{a=""})', 'absent(ended)', 'absent_over_time(nothing{a="b"}[5m])'],
  ...[
    'absent_over_time(limit[5m])',
    'absent_over_time(ended[1m])',
    'absent(nothing offset 5m)',
    'absent(nothing) == 1',
  ],
  // As shipped alerts are written.
  ...['sum by (job) (rate(requests_total{code=~"5.."}[5m])) / sum by (job) (rate(requests_total[5m])) > 0.05'],
  ...[
    '1 - avg by (floor) (temperature) / on(floor) group_left() count by (floor) (temperature)',
    'time() - timestamp(ended) > 60',
  ],
];

/** These fail on this data, with the same words as in promtool. */
export const failing: readonly string[] = [
  'topk(NaN, limit)',
  'bottomk(Inf, limit)',
  'topk(1e30, limit)',
  'temperature * on(floor) floor_info',
  'floor_info * on(floor) temperature',
  'temperature * on(floor) group_right floor_info',
  'temperature * on(floor) group_left temperature',
  'floor_info - on(floor) group_right temperature * on() limit',
  '-{__name__=~"requests_total|young_total|ended|silent"}',
  'abs({__name__=~"ended|silent|gapped|returned"})',
  'rate({__name__=~"ended|silent|gapped|returned"}[5m])',
  '{__name__=~"cancel|huge"} * 2',
  '{__name__=~"cancel|huge"} > bool 2',
];

/** No engine takes these. */
export const malformed: readonly string[] = [
  ...[
    'limit +',
    '(limit',
    'limit)',
    'limit limit',
    'sum(',
    'rate(limit)',
    'rate(limit[5m]',
    'limit{room="a}',
    'limit{',
  ],
  ...[
    'limit[0s]',
    'limit[5x]',
    'limit{room=~"("}',
    'limit{room=~"a)(b"}',
    '{}',
    '{room=~".*"}',
    '{room=""}',
    'sum()',
    'nope(limit)',
  ],
  ...['abs(1)', 'abs(limit, limit)', 'rate(5)', 'time(1)', '1 > 2', 'limit > bool', '1 + bool 2', 'limit + bool limit'],
  ...[
    'limit and 1',
    '1 or 2',
    'limit + on(a) 1',
    'limit and on(a) group_left limit',
    'limit + on(a) group_left(a) limit',
  ],
  ...['limit{__name__="x"}', 'limit offset', 'limit offset 5m offset 1m', 'limit offset 5m[1m]', '(limit) offset 5m'],
  ...[
    'sum(limit) offset 5m',
    'sum(limit)[5m]',
    '"text" + 1',
    '-"text"',
    'sum("text")',
    'topk(limit)',
    'topk(limit, limit)',
  ],
  ...[
    'quantile(limit)',
    'round()',
    'round(limit, limit)',
    'scalar(1)',
    'vector(limit)',
    'absent_over_time(limit)',
    'bool',
  ],
  ...[
    'limit{room="\\z"}',
    'limit{room="\\\'"}',
    "limit{room='\\\"'}",
    'sum by (limit',
    'on(a) limit',
    '1 2',
    '',
    ' ',
    '# only',
  ],
  ...['limit == on(a) bool limit', 'offset 5m', '5m5', '0xg', 'sum by (a) by (b) (limit)'],
];
