// The tables: all scenarios at a glance, responses as a heat map, and all numbers.
'use strict';

// A cell whose ground is the darker, the nearer `heat` is to 1. Not for nothing to compare.
function heatCell(content, heat, attributes = {}) {
  const style = heat == null ? null : '--heat: ' + Math.round(Math.min(1, Math.max(0, heat)) * 100) + '%';
  return element('td', content, {...attributes, class: 'number heat', style});
}

function policyHeader(row) {
  return element('th', [swatch(row.look, row.isChosen), element('span', row.label, {class: 'name'})], {scope: 'row'});
}

// 0 for the best value of all, 1 for the worst; where all lie within `least` (of a logarithmic scale: that factor), less, so that
// nothing looks far apart that is not.
function heatAmong(values, better, {least, isLogarithmic = false}) {
  const known = values.filter((value) => value != null && (!isLogarithmic || value > 0));
  const place = isLogarithmic ? Math.log : (value) => value;
  const low = place(Math.min(...known));
  const high = place(Math.max(...known));
  return (value) => {
    if (value == null || known.length < 2 || high === low) return null;
    const range = Math.max(high - low, place(least));
    if (isLogarithmic && value <= 0) return 0;
    return better === 'higher' ? (high - place(value)) / range : (place(value) - low) / range;
  };
}

// Policies by scenarios: the score, best first by mean place. `choose(index)` goes to a scenario.
function overviewTable(table, comparison, rowOf, {chosen, choose}) {
  const qos = comparison.metrics.find((metric) => metric.name === 'qos');
  const scenarios = comparison.scenarios;
  const places = scenarios.map((scenario) => new Map(ranked(scenario.policies, qos).map((policy, place) => [policy.name, place + 1])));
  const names = scenarios[0].policies.map((policy) => policy.name);
  const meanPlace = (name) => places.reduce((sum, place) => sum + (place.get(name) ?? names.length), 0) / places.length;
  const heats = scenarios.map((scenario) => heatAmong(scenario.policies.map((policy) => figure(policy, qos).mean), qos.better, {least: 0.1}));
  const scale = scaleFor('score', [1]);

  const head = element('tr', [
    element('th', 'policy', {scope: 'col'}),
    element('th', 'mean place', {scope: 'col', class: 'number'}),
    ...scenarios.map((scenario, index) => element('th',
      element('button', scenario.name, {type: 'button', title: scenario.summary ?? '', 'aria-pressed': String(index === chosen), onclick: () => choose(index)}),
      {scope: 'col', class: 'number'})),
  ]);
  const body = [...names].sort((a, b) => meanPlace(a) - meanPlace(b)).map((name) => element('tr', [
    policyHeader(rowOf(name)),
    element('td', meanPlace(name).toFixed(1), {class: 'number'}),
    ...scenarios.map((scenario, index) => {
      const policy = scenario.policies.find((candidate) => candidate.name === name);
      if (!policy) return element('td', '\u2013', {class: 'number'});
      const {mean} = figure(policy, qos);
      const judged = verdict(policy, qos);
      const mark = element('span', VERDICT_MARKS[judged] ?? '', {class: 'mark', title: verdictText(judged, comparison.reference)});
      return heatCell([written(mean, scale), mark], heats[index](mean));
    }),
  ]));
  table.replaceChildren(element('thead', head), element('tbody', body));
}

const RESPONSE_FIGURES = [
  {value: 'mean_s', text: 'mean response', unit: 's'},
  {value: 'p95_s', text: '95th percentile', unit: 's'},
  {value: 'late', text: 'share answered late', unit: 'share'},
];

function responsesTable(table, scenario, rows, kind) {
  const {unit} = RESPONSE_FIGURES.find(({value}) => value === kind);
  const applications = scenario.applications;
  const byName = new Map(scenario.policies.map((policy) => [policy.name, policy]));
  const value = (name, application) => (byName.get(name).responses ?? []).find((about) => about.application === application)?.[kind] ?? null;
  const columns = applications.map((application) => {
    const values = rows.map((row) => value(row.name, application));
    return {values, scale: scaleFor(unit, values), heat: heatAmong(values, 'lower', unit === 's' ? {least: 2, isLogarithmic: true} : {least: 0.1})};
  });
  const head = element('tr', [
    element('th', 'policy', {scope: 'col'}),
    ...applications.map((application, index) => element('th', [application, element('small', columns[index].scale.unit)], {scope: 'col', class: 'number'})),
  ]);
  const body = rows.map((row, at) => element('tr', [
    policyHeader(row),
    ...columns.map(({values, scale, heat}) => heatCell(written(values[at], scale), heat(values[at]))),
  ]));
  table.replaceChildren(element('thead', head), element('tbody', body));
}

const NUMBERS_SHOWN = [
  {value: 'intervals', text: 'means and 95 % intervals'},
  {value: 'means', text: 'means'},
  {value: 'differences', text: 'differences to the reference'},
];

// `order` is {metric, isReversed}; `sortBy(metric name)` is called for a click on a column.
function numbersTable(table, comparison, scenario, rowOf, {show, order, sortBy}) {
  const metrics = metricsOf(comparison, scenario);
  const sorted = ranked(scenario.policies, metrics.find((metric) => metric.name === order.metric) ?? metrics[0]);
  if (order.isReversed) sorted.reverse();

  const scales = metrics.map((metric) => {
    const figures = scenario.policies.map((policy) => figure(policy, metric));
    const scale = scaleFor(metric.unit, figures.map(({mean}) => mean));
    return {scale, ofDifferences: scaleForDifferences(scale, metric.unit, figures.map(({vs}) => vs?.diff))};
  });
  const head = element('tr', [
    element('th', 'policy', {scope: 'col'}),
    ...metrics.map((metric, index) => element('th',
      element('button', [element('span', metric.title ?? metric.name), element('small', scales[index].scale.unit)], {type: 'button', onclick: () => sortBy(metric.name)}),
      {scope: 'col', class: 'number', 'aria-sort': metric.name !== order.metric ? null : isAscending(metric, order) ? 'ascending' : 'descending'})),
  ]);
  const body = sorted.map((policy) => element('tr', [
    policyHeader(rowOf(policy.name)),
    ...metrics.map((metric, index) => element('td', numbersCell(policy, metric, scales[index], show), {class: 'number'})),
  ]));
  table.replaceChildren(element('thead', head), element('tbody', body));
}

function isAscending(metric, order) {
  return (direction(metric) > 0) === order.isReversed;
}

function numbersCell(policy, metric, {scale, ofDifferences}, show) {
  const {mean, ci_low, ci_high, vs} = figure(policy, metric);
  if (show === 'differences') {
    if (vs?.diff == null) return '\u2013';
    return [signed(vs.diff, ofDifferences), element('span', VERDICT_MARKS[verdict(policy, metric)] ?? '', {class: 'mark'}),
      vs.ci_low == null ? null : element('small', signed(vs.ci_low, ofDifferences) + ' to ' + signed(vs.ci_high, ofDifferences))];
  }
  const interval = show === 'intervals' && ci_low != null ? element('small', written(ci_low, scale) + ' to ' + written(ci_high, scale)) : null;
  return [written(mean, scale), interval];
}
