// Each part of the page from what is shown (page.js): words, legends, and the data of every picture.
'use strict';

const charts = new Map();  // by id of their element

function drawChart(id, make, options) {
  const place = byId(id);
  const width = place.clientWidth;
  const {height, option, finish} = make({...options, width});
  place.style.height = height + 'px';
  place.setAttribute('role', 'img');
  place.setAttribute('aria-label', options.label);
  let chart = charts.get(id);
  if (!chart) {
    chart = echarts.init(place, null, {renderer: 'svg', width, height});
    charts.set(id, chart);
  }
  chart.resize({width, height});
  chart.setOption(option, {notMerge: true});
  finish?.(chart);
}

function count(number, noun) {
  return number + ' ' + (number === 1 ? noun : noun.replace(/y$/, 'ie') + 's');
}

function drawWords(scenario, best) {
  const {summary, hosts, beat_s, horizon_s, cadence, seeds} = scenario;
  const machines = (hosts ?? []).map(({type, count: many}) => many + ' ' + type).join(', ');
  byId('facts').replaceChildren(
    element('span', summary ?? '', {class: 'summary'}),
    element('span', [machines, 'every ' + beat_s + ' s' + (cadence === 'arrival' ? ' and at arrivals' : ''), horizon_s + ' s', count(seeds?.length ?? 0, 'seed')].filter(Boolean).join(' \u00b7 ')));

  const scale = scaleFor('score', [1]);
  const first = figure(best[0], QOS);
  const others = scenario.policies.filter((policy) => policy.name !== comparison.reference);
  const having = (judged) => others.filter((policy) => verdict(policy, QOS) === judged).length;
  const interval = first.ci_low == null ? '' : ' [' + written(first.ci_low, scale) + ' to ' + written(first.ci_high, scale) + ']';
  const sentences = ['In ' + scenario.name + ', ' + best[0].name + ' scores best: ' + written(first.mean, scale) + interval + '.'];
  if (others.some((policy) => verdict(policy, QOS))) {
    sentences.push('Against ' + comparison.reference + ', ' + having('better') + ' of ' + others.length + ' are better, '
      + having('worse') + ' worse and ' + having('undecided') + ' cannot be told apart.');
  }
  byId('headline').textContent = sentences.join(' ');
}

function drawChips(scenario) {
  const chip = (name) => {
    const {label, look, isChosen} = rowOf(name);
    return element('button', [swatch(look, isChosen), label],
      {type: 'button', class: 'chip', 'aria-pressed': String(isChosen), title: scenario.policies.find((policy) => policy.name === name)?.summary, onclick: () => toggle(name)});
  };
  const names = ranked(scenario.policies, QOS).map(({name}) => name);
  for (const [id, list] of [['policies', names], ['series-legend', names.filter((name) => chosenNames().has(name))]]) {
    const focused = [...byId(id).children].indexOf(document.activeElement);
    byId(id).replaceChildren(...list.map(chip));
    if (focused >= 0) byId(id).children[Math.min(focused, list.length - 1)]?.focus();
  }
}

function drawOverview() {
  byId('overview-section').hidden = comparison.scenarios.length < 2;
  overviewTable(byId('overview'), comparison, rowOf, {chosen: shown.scenario, choose: chooseScenario});
}

// What a mark of a policy says when it is pointed at.
function figureInWords(policy, metric, scale, scaleOfDifferences) {
  const {mean, ci_low, ci_high, vs} = figure(policy, metric);
  const pairs = [['mean', withUnit(mean, scale)]];
  if (ci_low != null) pairs.push(['95 % interval', written(ci_low, scale) + ' to ' + withUnit(ci_high, scale)]);
  if (vs?.diff != null) {
    pairs.push(['difference to ' + vs.reference, signed(vs.diff, scaleOfDifferences)]);
    if (vs.ci_low != null) pairs.push(['its 95 % interval', signed(vs.ci_low, scaleOfDifferences) + ' to ' + signed(vs.ci_high, scaleOfDifferences)]);
  }
  return pairs;
}

function intervalPanel(policies, metric, title) {
  const figures = policies.map((policy) => figure(policy, metric));
  const scale = scaleFor(metric.unit, figures.map(({mean}) => mean));
  const differences = scaleForDifferences(scale, metric.unit, figures.map(({vs}) => vs?.diff));
  const scaled = (value) => (value == null ? null : value * scale.factor);
  return {
    scale, differences, scaled, figures,
    panel: {
      title: title + (scale.unit ? ' (' + scale.unit + ')' : ''),
      values: figures.map(({mean, ci_low, ci_high}) => ({at: scaled(mean), low: scaled(ci_low), high: scaled(ci_high)})),
      line: scaled(figures[policies.findIndex(({name}) => name === comparison.reference)]?.mean),
      describe: (row) => figureInWords(policies[row], metric, scale, differences),
    },
  };
}

function drawRanking(scenario, theme) {
  const metric = metricNamed(byId('metric').value) ?? QOS;
  const policies = ranked(scenario.policies, metric);
  const {scaled, figures, panel, scale} = intervalPanel(policies, metric, 'mean and 95 % interval');
  const panels = [panel];
  if (figures.some(({vs}) => vs?.diff != null)) {
    panels.push({
      ...panel,
      title: 'difference to ' + comparison.reference + (scale.unit ? ' (' + scale.unit + ')' : ''),
      values: figures.map(({vs}) => (vs?.diff == null ? null : {at: scaled(vs.diff), low: scaled(vs.ci_low), high: scaled(vs.ci_high)})),
      line: 0, axis: {scale: false},
    });
  }
  const better = {1: 'More is better.', '-1': 'Less is better.', 0: ''}[direction(metric)];
  const hasIntervals = figures.some(({ci_low}) => ci_low != null);
  byId('ranking-note').textContent = [better, panels.length > 1 ? 'The dashed line is ' + comparison.reference + '.' : '',
    hasIntervals ? 'A difference whose bar does not touch the line is more than chance.' : 'One seed gives no intervals.'].join(' ');
  drawChart('ranking', (options) => intervalChart(policies.map(({name}) => rowOf(name)), panels, {...options, least: 220}),
    {theme, label: metric.title + ' per policy, best first: ' + policies.map(({name}) => name).join(', ')});
}

function termMetrics() {
  return TERMS.map((term) => metricNamed('qos_' + term)).filter(Boolean);
}

function drawTerms(best, theme) {
  const panels = termMetrics().map((metric) => intervalPanel(best, metric, metric.name.replace('qos_', '')).panel);
  drawChart('terms', (options) => intervalChart(best.map(({name}) => rowOf(name)), panels, {...options, least: options.width < 800 ? 100 : 150}),
    {theme, label: 'Terms of the score per policy with intervals'});
}

function drawLosses(scenario, best, theme) {
  const scale = scaleFor('score', [1]);
  const parts = termMetrics().map((metric, index) => {
    const term = metric.name.replace('qos_', '');
    const weight = scenario.weights?.[term] ?? 0;
    return {
      name: term + ' \u00d7 ' + weight, colour: index,
      values: best.map((policy) => {
        const {mean} = figure(policy, metric);
        return mean == null ? null : weight * mean;
      }),
    };
  });
  drawLegend('losses-legend', parts);
  drawChart('losses', (options) => stackedChart(best.map(({name}) => rowOf(name)), parts, {
    ...options, axis: {min: 0}, writePart: (value) => written(value, scale),
    describe: (row) => [...parts.map((part) => [part.name, written(part.values[row], scale)]), ['score', written(figure(best[row], QOS).mean, scale)]],
  }), {theme, label: 'Points lost by each term per policy'});
}

function drawLegend(id, parts) {
  byId(id).replaceChildren(...parts.map((part) => element('span', [element('i', '', {class: 'part part-' + part.colour}), part.name])));
}

function drawTradeoff(which, scenario, theme) {
  const axisOf = (select) => {
    const metric = metricNamed(byId(select).value) ?? QOS;
    const scale = scaleFor(metric.unit, scenario.policies.map((policy) => figure(policy, metric).mean));
    const scaled = (value) => (value == null ? null : value * scale.factor);
    return {
      title: metric.title + (scale.unit ? ' (' + scale.unit + ')' : ''), direction: direction(metric),
      value: (policy) => {
        const {mean, ci_low, ci_high} = figure(policy, metric);
        return {at: scaled(mean), low: scaled(ci_low), high: scaled(ci_high)};
      },
      describe: ({at}) => withUnit(at, {...scale, factor: 1}),
    };
  };
  const x = axisOf(which + '-x');
  const y = axisOf(which + '-y');
  const points = scenario.policies.map((policy) => ({row: rowOf(policy.name), x: x.value(policy), y: y.value(policy)}))
    .filter((point) => point.x.at != null && point.y.at != null);
  drawChart(which + '-tradeoff', (options) => tradeoffChart(points, x, y, options), {theme, label: x.title + ' against ' + y.title});
}

function drawSeries(scenario, theme) {
  const chosen = ranked(scenario.policies, QOS).filter(({name}) => chosenNames().has(name));
  const times = scenario.policies[0].series?.time_s ?? [];
  const panel = (key, title, write) => ({
    title, write,
    lines: chosen.map(({name, series}) => ({name, colour: theme.policies[LOOKS.get(name).colour], line: LOOKS.get(name).line, values: series?.[key] ?? []})),
  });
  const plain = (value) => value.toLocaleString('en-US', {maximumFractionDigits: 1});
  const panels = [
    {title: 'requests in a beat', write: plain, isStepped: true, lines: [{name: 'arrived', colour: theme.grey, line: 'solid', isFilled: true, values: scenario.policies[0].series?.arrived ?? []}]},
    panel('hosts_on', 'hosts on', plain),
    panel('utilisation', 'cores busy, of hosts on', (value) => (value * 100).toFixed(0) + ' %'),
    panel('in_progress', 'requests in progress', plain),
  ];
  drawChart('series', (options) => seriesChart(times, panels, options), {theme, label: 'Requests, hosts on, utilisation and requests in progress over time'});
}

function drawStrategies(scenario, best, theme) {
  const application = byId('strategies-of').value || null;
  const parts = (scenario.strategies ?? []).map((strategy, index) => ({
    name: strategy, colour: FIRST_STRATEGY + index % STRATEGY_COLOURS,
    values: best.map((policy) => (policy.strategies ?? []).find((about) => about.application === application && about.strategy === strategy)?.share ?? 0),
  }));
  drawLegend('strategies-legend', parts);
  const percent = (value) => (value * 100).toFixed(0) + ' %';
  drawChart('strategies', (options) => stackedChart(best.map(({name}) => rowOf(name)), parts, {
    ...options, axis: {min: 0, max: 1, interval: 0.25, axisLabel: {formatter: percent}}, writePart: percent,
    describe: (row) => parts.map((part) => [part.name, (part.values[row] * 100).toFixed(1) + ' %']),
  }), {theme, label: 'Shares of strategies per policy'});
}

function drawDecisions(best, theme) {
  const rows = best.map(({name}) => rowOf(name));
  const panel = {
    title: 'median to 95th percentile',
    axis: {type: 'log', scale: false, axisLabel: {formatter: roundDuration}},
    values: best.map(({decision_us: time}) => (time?.p50 > 0 && time?.p95 > 0 ? {at: time.p50, low: time.p50, high: time.p95} : null)),
    describe: (row) => [['median', duration(best[row].decision_us?.p50)], ['95th percentile', duration(best[row].decision_us?.p95)], ['mean', duration(best[row].decision_us?.mean)]],
  };
  drawChart('decisions', (options) => intervalChart(rows, [panel], options), {theme, label: 'CPU time of a decision per policy'});
}
