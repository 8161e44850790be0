// Questions to ask a comparison (docs/comparison.md has its keys), without anything of the page:
// which figure a policy has, how it compares, and how a number is written.
'use strict';

const TERMS = ['energy', 'cost', 'response', 'violation', 'inaccuracy'];

// Metrics that the document keeps beside its list, given the same shape.
const REGRET = {name: 'regret', title: 'regret to the oracle', unit: 'score', better: 'lower'};
const DECISION_TIMES = [['mean', 'mean'], ['p50', 'median'], ['p95', 'p95']].map(([key, title]) => (
  {name: 'decision_us_' + key, title: 'decision time, ' + title, unit: 'us', better: 'lower', key}));

// What the policies of a scenario were measured by, in the order to show.
function metricsOf(comparison, scenario) {
  const some = (read) => scenario.policies.some((policy) => read(policy) != null);
  // The terms are written like the score that they are taken from, not in percent.
  const metrics = comparison.metrics.filter((metric) => some((policy) => figure(policy, metric).mean))
    .map((metric) => (metric.name.startsWith('qos_') ? {...metric, unit: 'score'} : metric));
  if (some((policy) => policy.regret?.mean)) metrics.splice(1, 0, REGRET);
  if (some((policy) => policy.decision_us?.p50)) metrics.push(...DECISION_TIMES);
  return metrics;
}

// {mean, ci_low, ci_high, vs}; what does not exist is null.
function figure(policy, metric) {
  const nothing = {mean: null, ci_low: null, ci_high: null, vs: null};
  if (metric.name === REGRET.name) return {...nothing, ...policy.regret};
  if (DECISION_TIMES.includes(metric)) return {...nothing, mean: policy.decision_us?.[metric.key] ?? null};
  return {...nothing, ...policy.metrics?.[metric.name]};
}

// 1 is better, -1 worse; 0 where the metric is neither.
function direction(metric) {
  return {higher: 1, lower: -1}[metric.better] ?? 0;
}

// Best first; where nothing is better or worse, smallest first. Without a figure: last.
function ranked(policies, metric) {
  const key = (policy) => {
    const mean = figure(policy, metric).mean;
    if (mean == null) return Infinity;
    return direction(metric) > 0 ? -mean : mean;
  };
  return [...policies].sort((a, b) => (key(a) === key(b) ? 0 : key(a) < key(b) ? -1 : 1));
}

// How the difference to the reference is to be taken: 'better', 'worse' or 'different' when its interval
// leaves out 0, 'undecided' when it does not, null when there is none.
function verdict(policy, metric) {
  const vs = figure(policy, metric).vs;
  if (vs?.ci_low == null || vs?.ci_high == null) return null;
  if (vs.ci_low <= 0 && vs.ci_high >= 0) return 'undecided';
  const side = Math.sign(vs.diff) * direction(metric);
  return side > 0 ? 'better' : side < 0 ? 'worse' : 'different';
}

const VERDICT_MARKS = {better: '\u25b2', worse: '\u25bc', different: '\u25c6', undecided: '\u00b7'};

function verdictText(judged, reference) {
  switch (judged) {
    case 'better': case 'worse': return judged + ' than ' + reference;
    case 'different': return 'different from ' + reference;
    case 'undecided': return 'cannot be told from ' + reference;
    default: return null;
  }
}

// Of points {x, y}, those that no other is better than in one and at least as good in the other, by
// growing x. A direction is 1 where more is better, -1 where less is.
function paretoFront(points, xDirection, yDirection) {
  const front = points.filter((point) => !points.some((other) => {
    const x = (other.x - point.x) * xDirection;
    const y = (other.y - point.y) * yDirection;
    return x >= 0 && y >= 0 && (x > 0 || y > 0);
  }));
  return front.sort((a, b) => a.x - b.x || a.y - b.y);
}

// The border of what the front leaves out, from one end of all points to the other: from a front point
// towards the worse side across, nothing is better than it until the next one.
function staircase(front, points, xDirection, yDirection) {
  const fromBest = xDirection < 0 ? front : [...front].reverse();
  const worst = (values, side) => (side < 0 ? Math.max(...values) : Math.min(...values));
  const corners = fromBest.flatMap((point, index) => (index ? [[point.x, fromBest[index - 1].y]] : []).concat([[point.x, point.y]]));
  return [
    [fromBest[0].x, worst(points.map(({y}) => y), yDirection)],
    ...corners,
    [worst(points.map(({x}) => x), xDirection), fromBest.at(-1).y],
  ];
}

// How the values of a metric are written: times `factor`, with so many decimals, followed by `unit`.
// One scale for all values of a picture or column, so that they can be compared by eye.
function scaleFor(unit, values) {
  const largest = Math.max(0, ...values.filter((value) => value != null).map(Math.abs));
  const steps = {
    J: [[1e9, 'GJ'], [1e6, 'MJ'], [1e3, 'kJ'], [1, 'J']],
    s: [[1, 's'], [1e-3, 'ms']],
    us: [[1e6, 's'], [1e3, 'ms'], [1, '\u00b5s']],
    share: [[0.01, '%']],
    score: [[1, '']],
    USD: [[1, 'USD']],
  }[unit] ?? [[1, unit ?? '']];
  const [size, label] = steps.find(([worth]) => largest >= worth) ?? steps.at(-1);
  return {factor: 1 / size, unit: label, decimals: decimalsFor(largest / size, unit)};
}

// The decimals of a score are always three; others get three digits that count.
function decimalsFor(largest, unit) {
  if (unit === 'score') return 3;
  if (unit === 'share') return largest < 0.095 ? 2 : 1;
  if (largest === 0) return 0;
  return Math.min(8, Math.max(0, 2 - Math.floor(Math.log10(largest))));
}

function written(value, scale) {
  if (value == null) return '\u2013';
  const scaled = value * scale.factor;
  const text = Math.abs(scaled).toLocaleString('en-US', {minimumFractionDigits: scale.decimals, maximumFractionDigits: scale.decimals});
  return scaled < 0 && Number(text.replaceAll(',', '')) !== 0 ? '\u2212' + text : text;
}

function withUnit(value, scale) {
  if (value == null || scale.unit === '') return written(value, scale);
  return written(value, scale) + '\u00a0' + scale.unit;
}

function signed(value, scale) {
  const text = written(value, scale);
  return value > 0 && text !== written(0, scale) ? '+' + text : text;
}

// The scale of differences: the same unit, but digits that fit them.
function scaleForDifferences(scale, unit, values) {
  const largest = Math.max(0, ...values.filter((value) => value != null).map(Math.abs));
  return {...scale, decimals: decimalsFor(largest * scale.factor, unit)};
}

// A time that stands alone on a logarithmic axis: three digits and the unit that fits.
function duration(us) {
  return withUnit(us, scaleFor('us', [us]));
}

// The same for the round values of an axis.
function roundDuration(us) {
  const scale = scaleFor('us', [us]);
  return Number((us * scale.factor).toPrecision(3)) + '\u00a0' + scale.unit;
}

// One line per policy and metric, with the columns of comparison.csv.
function csvOf(comparison, scenario) {
  const quoted = (text) => (/[",\r\n]/.test(text) ? '"' + text.replaceAll('"', '""') + '"' : text);
  const rows = [['scenario', 'policy', 'metric', 'unit', 'runs', 'mean', 'ci_low', 'ci_high', 'reference', 'diff', 'diff_ci_low', 'diff_ci_high']];
  const unitOf = ({name, unit}) => comparison.metrics.find((metric) => metric.name === name)?.unit ?? unit;
  const metrics = metricsOf(comparison, scenario);
  for (const policy of scenario.policies) {
    for (const metric of metrics) {
      const {mean, ci_low, ci_high, vs} = figure(policy, metric);
      rows.push([scenario.name, policy.name, metric.name, unitOf(metric), policy.runs, mean, ci_low, ci_high, vs?.reference, vs?.diff, vs?.ci_low, vs?.ci_high]);
    }
  }
  return rows.map((row) => row.map((field) => quoted(String(field ?? ''))).join(',')).join('\r\n') + '\r\n';
}
