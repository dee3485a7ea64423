import { expressions as corpus, failing, malformed } from './corpus.ts';

const overRange = [
  ...['rate', 'increase', 'delta', 'irate', 'idelta', 'deriv', 'changes', 'resets', 'avg_over_time', 'min_over_time'],
  ...['max_over_time', 'sum_over_time', 'count_over_time', 'last_over_time', 'present_over_time', 'stddev_over_time'],
  ...['stdvar_over_time', 'absent_over_time'],
];
const elementwise = [
  ...[
    'abs',
    'ceil',
    'floor',
    'sqrt',
    'exp',
    'ln',
    'log2',
    'log10',
    'sgn',
    'round',
    'sin',
    'cos',
    'tan',
    'asin',
    'acos',
  ],
  ...['atan', 'sinh', 'cosh', 'tanh', 'asinh', 'acosh', 'atanh', 'deg', 'rad', 'timestamp', 'sort', 'sort_desc'],
];
const dates = ['year', 'month', 'day_of_month', 'day_of_week', 'day_of_year', 'days_in_month', 'hour', 'minute'];
const aggregations = ['sum', 'avg', 'min', 'max', 'count', 'group', 'stddev', 'stdvar'];
const histograms = [
  ...['latency_seconds', 'crooked_seconds', 'nearly_seconds', 'open_seconds', 'twice_seconds', 'degrees'],
  ...['lone_seconds', 'bad_seconds'],
].map((name) => `${name}_bucket`);
const quantiles = ['0', '0.25', '0.5', '0.9', '0.99', '1', '-0.1', '1.1', 'NaN', 'scalar(limit{room="b"})'];
const fractions = [
  ...[
    '0, 0.3',
    '-Inf, 0.3',
    '0.2, +Inf',
    '-Inf, +Inf',
    '0.3, 0.3',
    '0.6, 0.2',
    'NaN, 1',
    '0, NaN',
    '-5, 10',
    '-20, -5',
  ],
  ...['0.1, 0.5', '3, 7'],
];

const functions: readonly string[] = [
  ...overRange.flatMap((name) => [
    `${name}(slope[5m])`,
    `${name}(mixed[10m])`,
    `${name}(endless[2m])`,
    `${name}(requests_total[10m:1m])`,
    `${name}((temperature - 3)[7m:45s] offset 1m)`,
    `${name}(gapped[4m] @ 1700000607 offset 30s)`,
    `${name}(walk{third="1"}[3m:])`,
  ]),
  ...elementwise.flatMap((name) => [`${name}(angle)`, `${name}(special)`, `${name}(limit offset 40s)`]),
  ...dates.flatMap((name) => [`${name}(moment)`, `${name}()`, `${name}(special)`, `${name}(timestamp(limit))`]),
  ...['year', 'month', 'day_of_month', 'days_in_month', 'day_of_year', 'day_of_week'].flatMap((name) =>
    [-62_135_596_801, 68_169_600, 951_782_400, 951_868_799, 4_107_542_400, 1e15, 1e19, -1e30].map(
      (time) => `${name}(vector(${time}))`,
    ),
  ),
  ...['pi()', 'pi() * 2', 'vector(pi())', 'deg(vector(pi()))', 'rad(vector(180))', 'time() % 7', '"text"'],
  ...['predict_linear(slope[5m], 600)', 'predict_linear(slope[5m] @ 1700000507, 60)', 'predict_linear(flat[5m], 1e9)'],
  ...['predict_linear(endless[5m], 60)', 'predict_linear(temperature[10m] offset 2m, -60)', 'deriv(flat[1m])'],
  ...['predict_linear(gapped[3m:20s], scalar(limit{room="a"}))', 'deriv(mixed[6m])', 'deriv(single_total[5m])'],
  ...['clamp(temperature, 0, 5)', 'clamp(temperature, 5, 0)', 'clamp(special, NaN, 5)', 'clamp(special, -Inf, NaN)'],
  ...['clamp_min(temperature, 2)', 'clamp_max(special, 0)', 'clamp_min(special, NaN)', 'clamp_max(special, -Inf)'],
  ...['clamp_min(special, Inf)', 'clamp(temperature, scalar(limit{room="b"}), 7)', 'round(temperature, 0.3)'],
  ...['round(temperature, -2)', 'round(special, NaN)', 'round(angle)', 'sgn(angle)', '-angle', 'abs(-angle)'],
  ...[
    'quantile_over_time(1.5, limit[5m])',
    'quantile_over_time(-0.5, nothing[5m])',
    'quantile_over_time(NaN, limit[5m])',
  ],
  ...[
    'quantile_over_time(0.3, mixed[5m])',
    'quantile_over_time((2), limit[5m])',
    'quantile_over_time(0.5, walk[9m:30s])',
  ],
  ...[
    'scalar(sort(limit))',
    'vector(scalar(flat))',
    'absent(limit @ 1600000000)',
    'absent((nothing{a="b"} offset 5m))',
  ],
  ...[
    'absent_over_time(nothing{a="b"}[5m:1m])',
    'absent_over_time(rate(nothing{a="b"}[1m])[5m:1m])',
    'absent(-nothing)',
  ],
  ...['absent_over_time(ended[3m] offset -1m)', 'absent(nothing{a="b"} or limit)', 'absent(sum(nothing))'],
  ...['timestamp(limit @ 1700000017)', 'timestamp((limit))', 'timestamp(limit > 0)', 'timestamp(topk(1, limit))'],
  ...[
    'timestamp(last_over_time(gapped[5m]))',
    'max_over_time(timestamp(silent)[10m:20s])',
    'timestamp(gapped offset 1m)',
  ],
];

const histogramExpressions: readonly string[] = histograms.flatMap((metric) => [
  ...quantiles.map((q) => `histogram_quantile(${q}, ${metric})`),
  ...fractions.map((between) => `histogram_fraction(${between}, ${metric})`),
  `histogram_quantile(0.9, rate(${metric}[5m]))`,
  `histogram_quantile(0.9, (rate(${metric}[5m])))`,
  `histogram_quantile(0.7, sum by (le) (rate(${metric}[10m])))`,
  `histogram_fraction(0.2, 0.8, sum by (job, le) (increase(${metric}[10m])))`,
  `max_over_time(histogram_quantile(0.5, rate(${metric}[2m]))[10m:1m])`,
]);

const labels: readonly string[] = [
  ...[
    ['short', '$1', 'instance', '([^:.]+).*'],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: Go's own syntax.
    ['short', '${1}x', 'instance', '(.*):(.*)'],
    ['short', '$1x', 'instance', '(.*):(.*)'],
    ['short', '$2-$1', 'instance', '(.*):(.*)'],
    ['short', '$0', 'instance', '.*'],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: Go's own syntax.
    ['short', '$3|${9}|$01|$name', 'instance', '(?P<name>[a-z]+).*'],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: Go's own syntax.
    ['short', '${name}-$name', 'instance', '(?P<name>[a-z]+).*'],
    ['short', '$$1 $ $- ${', 'instance', '(.*)'],
    ['short', 'fixed', 'missing', ''],
    ['short', 'fixed', 'missing', '.+'],
    ['short', '$1', 'path', '(.*)'],
    ['short', '$1', 'path', 'line.(.*)'],
    ['path', '', 'instance', 'host.*'],
    ['path', '$1', 'path', '(?i)/(VAR|home).*'],
    ['short', '$1', 'instance', 'a)|(host'],
    ['short', '$1', '', '(.*)'],
    ['a b', '$1', 'instance', '(.*)'],
    ['__name__', 'renamed_$1', 'instance', '(\\w+).*'],
    ['__name__', '', 'instance', '.*'],
    ['instance', 'same', 'instance', '.*'],
    ['', '$1', 'instance', '(.*)'],
    ['short', '$1', 'instance', '(.*'],
    ['', '$1', 'instance', '(.*'],
    ['short', '$1', 'instance', '(ü|ï)?(.*)n(.*)'],
  ].map((args) => `label_replace(instance_info, ${args.map((arg) => JSON.stringify(arg)).join(', ')})`),
  ...[
    'instance_info{instance="\\xc3\\xbcn\\303\\257"}',
    'instance_info{instance=~"\\u00fcn.|h\\\\w+-1.*"}',
    "count_values('\\x61\\U00000062', flat)",
    'label_join(build, "both", "-", "version", "branch")',
    'label_join(build, "both", "", "branch", "missing", "version")',
    'label_join(build, "both", "-")',
    'label_join(build, "version", "-")',
    'label_join(build, "version", "-", "missing")',
    'label_join(build, "", "-", "version")',
    'label_join(build, "both", "-", "")',
    'label_join(build, "__name__", "_", "branch", "version")',
    'label_join(nothing, "", "-", "version")',
    'label_replace(nothing, "", "$1", "room", "(.*)")',
    'label_replace(label_replace(build, "x", "$1", "version", "(.*)"), "version", "", "x", ".*")',
    'sum by (short) (label_replace(temperature, "short", "$1", "room", "([ab])"))',
    'temperature * on(room) group_left(rank) label_replace(limit, "rank", "r$1", "room", "(.)")',
    'max_over_time(label_replace(limit, "x", "$1", "room", "(.)")[5m:1m])',
    'max_over_time(label_replace({__name__=~"old_total|new_total"}, "__name__", "z", "job", "api")[15m:30s])',
    'max_over_time(label_join({__name__=~"old_total|new_total"}, "__name__", "z", "job")[15m:30s])',
  ],
];

const aggregated: readonly string[] = [
  ...aggregations.flatMap((name) => [`${name}(mixed)`, `${name} by (job) (walk)`, `${name} without (id) (walk)`]),
  ...aggregations.flatMap((name) => [`${name}({__name__=~"huge|endless|flat"})`, `${name}("a b", limit)`]),
  ...['sum by ("room") (limit)', 'sum by (room,) (limit)', 'sum without () (temperature)', 'sum by () (limit)'],
  ...[
    'count_values("v", build)',
    'count_values("v", special)',
    'count_values("v", angle)',
    'count_values("v", nothing)',
    'count_values by (branch) ("v", build)',
    'count_values by (branch) ("branch", build)',
    'count_values without (version) ("version", build)',
    'count_values without (version) ("branch", build)',
    'count_values("__name__", build)',
    'count_values("a-b", limit)',
    'count_values("", limit)',
    'count_values("", -{__name__=~"cancel|huge"})',
    'count_values by (__name__) ("v", {__name__=~"flat|build"})',
    'count_values("v", build * 1e-300)',
    'count_values("v", round(temperature, 0.1))',
  ],
  ...['quantile(1.5, limit)', 'quantile(-1.5e10, limit)', 'quantile(1234567, limit)', 'quantile(1e-7, limit)'],
  ...['quantile(NaN, nothing)', 'quantile(2, limit) + quantile(2, limit)', 'limit\n+ quantile(3, limit)'],
  ...[
    'quantile(0.4, mixed)',
    'quantile by (floor) (scalar(limit{room="b"}), temperature)',
    'quantile(-0.0000123, limit)',
  ],
  ...[
    'topk(NaN, nothing)',
    'topk(1e30, nothing)',
    'topk(scalar(nothing), limit)',
    'topk(scalar(limit{room="z"}), limit)',
  ],
  ...['sum(topk(2, temperature))', 'bottomk(2, sum by (floor) (temperature))', 'count(topk(50, walk))'],
  ...[
    'sort(temperature)',
    'sort_desc(temperature)',
    'sort(sum by (floor) (temperature))',
    'sort_desc(topk(3, temperature))',
  ],
];

const shifts = [
  ...['offset 2m', 'offset -2m', '@ 1700000307', '@ 1700000307.25 offset 1m', 'offset 1m @ 1700000307', '@ start()'],
  ...['@ end()', 'offset 30s @ end()', '@ start() offset -45s', '@ 1700000307 offset -90s', 'offset 0s', '@ 0', '@ -5'],
];

const shifted: readonly string[] = [
  ...shifts.flatMap((shift) => [
    `returned ${shift}`,
    `temperature ${shift} - temperature`,
    `rate(requests_total[3m] ${shift})`,
    `max_over_time(gapped[4m:50s] ${shift})`,
    `avg_over_time((walk{third="2"} ${shift})[4m:50s])`,
    `sum_over_time(increase(requests_total[1m] ${shift})[3m:25s] offset 20s)`,
    `last_over_time(max_over_time(temperature[2m:20s] ${shift})[5m:30s])`,
    // Of both at once Prometheus makes something of its own: see docs/promql.md.
    ...(/offset.*@|@.*offset/.test(shift) ? [] : [`max_over_time(timestamp(silent ${shift})[2m:15s])`]),
    `predict_linear(slope[3m:30s] ${shift}, 5)`,
  ]),
  ...['count_over_time(flat[5m:15s])', 'count_over_time(flat[5m:7s])', 'count_over_time(flat[5m:10m])'],
  ...[
    'count_over_time(flat[17s:4m])',
    'count_over_time(flat[30s:30s])',
    'count_over_time(flat[1m:])',
    'count_over_time(flat[29s:])',
  ],
  ...['count_over_time(vector(time())[5m:1m])', 'sum_over_time(vector(time())[2m:])', 'rate(vector(time())[5m:13s])'],
  ...[
    'max_over_time(rate({__name__=~"old_total|new_total"}[1m])[15m:30s])',
    'sum_over_time((-{__name__=~"old_total|new_total"})[15m:30s])',
  ],
  ...[
    'max_over_time(abs({__name__=~"old_total|new_total"})[15m:30s])',
    'last_over_time({__name__=~"old_total|new_total"}[15m:30s])',
  ],
  ...['max_over_time(last_over_time({__name__=~"old_total|new_total"}[1m])[15m:30s])', 'rate(silent[15m:30s])'],
  ...['max_over_time((ended or returned)[10m:20s])', 'min_over_time((limit * on(room) temperature)[5m:1m])'],
  ...['max_over_time((temperature * on(floor) floor_info)[5m:1m])', 'sum_over_time(topk(1, temperature)[10m:1m])'],
  ...['max_over_time(max_over_time(rate(requests_total[1m])[3m:20s])[5m:40s])', 'changes(flapping[5m:15s] offset 3m)'],
  ...[
    'sum(max_over_time(temperature[2m:] @ 1700000907)) by (floor)',
    'absent_over_time(young_total[10m:1m] offset 5m)',
  ],
  ...['max_over_time(quantile(7, limit)[2m:30s])', 'min_over_time(quantile_over_time(7, limit[1m])[2m:30s])'],
];

/** As the public collections of alerts write: their functions, joints and comparisons on these series. */
const publicStyle: readonly string[] = [
  ...['> 0.05', '>= 1', '< 10', '== 0', '!= 0', '<= 3'].flatMap((bound) => [
    `sum by (job) (rate(requests_total{code=~"5.."}[5m])) / sum by (job) (rate(requests_total[5m])) ${bound}`,
    `(temperature / on(room) limit) * 100 ${bound} and on(room) temperature > 0`,
    `changes(flapping[15m]) ${bound}`,
    `increase(requests_total{code="500"}[10m]) ${bound}`,
    `avg by (floor) (avg_over_time(temperature[10m])) ${bound}`,
    `time() - timestamp(silent) ${bound}`,
    `time() - moment{at="leap"} ${bound}`,
    `predict_linear(temperature[15m], 4 * 3600) ${bound} and deriv(temperature[5m]) < 0`,
    `histogram_quantile(0.99, sum(rate(latency_seconds_bucket[5m])) by (le, job)) ${bound}`,
    `max_over_time((rate(requests_total[1m]) * 60)[10m:1m]) ${bound}`,
    `count by (branch) (count_values by (branch, version) ("value", build)) ${bound}`,
    `(sum(requests_total) without (code) or sum(young_total) without (code)) ${bound}`,
    `absent(up_of_something{job="x"}) ${bound}`,
    `min_over_time(flapping[5m]) ${bound} unless on() ended`,
    `delta(temperature[5m]) ${bound} or vector(0)`,
    `100 - (avg by (job) (rate(requests_total[5m])) * 100) ${bound}`,
    `abs(temperature - temperature offset 5m) ${bound}`,
    `round(quantile by (floor) (0.5, temperature), 0.01) ${bound}`,
    `stddev_over_time(temperature[5m]) * 3 ${bound}`,
    `(limit - on(room) temperature) / on(room) limit ${bound} and on(room) last_over_time(temperature[1h]) > 2`,
    `temperature * on(floor) group_left(name) floor_info ${bound}`,
    `count(flapping ${bound}) / count(flapping)`,
    `hour() ${bound} and day_of_week() > 0`,
    `quantile_over_time(0.95, temperature[10m]) ${bound}`,
    `floor((time() - 1700000000) / 60) ${bound}`,
    `sum(label_replace(temperature, "area", "$1", "room", "([a-b])")) by (area) ${bound}`,
  ]),
];

/** What is written by hand: every function and joint, the corners of each, and what fails on this data. */
export const handPicked: readonly string[] = [
  ...corpus,
  ...failing,
  ...functions,
  ...histogramExpressions,
  ...labels,
  ...aggregated,
  ...shifted,
  ...publicStyle,
];

export const refused: readonly string[] = [
  ...malformed,
  ...['1[5m:1m]', 'flat[5m:1m][10m:1m]', 'flat[5m:0s]', 'flat[5m:-1m]', 'flat @ Inf', 'flat @ NaN', 'flat @ 5 @ 6'],
  ...['flat @ 1 [5m]', '(flat) @ 5', 'sum(flat) @ 5', 'rate(flat[5m:1m])[5m]', '(flat[5m:1m]) offset 1m', 'flat[:1m]'],
  ...['label_join(flat, "a")', 'label_replace(flat, "a", "b", "c")', 'label_join(flat, a, "b")', 'rate(flat[5m:1m]'],
  ...[
    'count_values(1, flat)',
    'count_values(flat)',
    'clamp(flat, 1)',
    'pi(1)',
    'hour(1)',
    'histogram_quantile(flat, 1)',
  ],
  ...[
    'mad_over_time(flat[5m])',
    'limitk(1, flat)',
    'limit_ratio(0.5, flat)',
    'first_over_time(flat[5m])',
    'info(flat)',
  ],
  ...['flat[5m * 2]', 'flat offset (5m)', 'rate(flat[5m] smoothed)', 'sort_by_label(flat, "a")', 'start()'],
];
