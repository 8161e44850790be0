// The page: what is shown (the scenario, the policies in colour, what the selects say) and
// its drawing. Everything is drawn anew when any of it changes.
'use strict';

const comparison = JSON.parse(byId('document').textContent);
const QOS = comparison.metrics.find((metric) => metric.name === 'qos') ?? comparison.metrics[0];
const LOOKS = looksOf(namesInOrder());

const shown = {
  scenario: 0,
  chosen: null,  // names of policies; null: the best five and the reference
  order: {metric: QOS.name, isReversed: false},
};

// The reference and the best of the first scenario come first: they get different colours.
function namesInOrder() {
  const names = comparison.scenarios.flatMap((scenario) => ranked(scenario.policies, QOS)).map((policy) => policy.name);
  return [...new Set([comparison.reference, ...names].filter((name) => name != null))];
}

function scenarioShown() {
  return comparison.scenarios[shown.scenario];
}

function bestFive() {
  const best = ranked(scenarioShown().policies, QOS).slice(0, 5).map((policy) => policy.name);
  return new Set([comparison.reference, ...best]);
}

function chosenNames() {
  return shown.chosen ?? bestFive();
}

function rowOf(name) {
  return {
    name, look: LOOKS.get(name), isChosen: chosenNames().has(name),
    label: name === comparison.reference ? name + ' (ref.)' : name,
  };
}

function metricNamed(name) {
  return metricsOf(comparison, scenarioShown()).find((metric) => metric.name === name);
}

function toggle(name) {
  const chosen = new Set(chosenNames());
  if (!chosen.delete(name)) chosen.add(name);
  choose(chosen);
}

function choose(names) {
  shown.chosen = names;
  draw();
}

// ---- drawing

function draw() {
  const scenario = scenarioShown();
  const theme = readTheme();
  const best = ranked(scenario.policies, QOS);
  drawWords(scenario, best);
  drawChips(scenario);
  drawOverview();
  drawRanking(scenario, theme);
  drawTerms(best, theme);
  drawLosses(scenario, best, theme);
  drawTradeoff('first', scenario, theme);
  drawTradeoff('second', scenario, theme);
  drawSeries(scenario, theme);
  drawStrategies(scenario, best, theme);
  responsesTable(byId('responses'), scenario, best.map(({name}) => rowOf(name)), byId('response-figure').value);
  drawDecisions(best, theme);
  drawNumbers(scenario);
  document.documentElement.dataset.drawn = scenario.name;
}

function drawNumbers(scenario) {
  numbersTable(byId('numbers'), comparison, scenario, rowOf, {show: byId('numbers-show').value, order: shown.order, sortBy});
}

function sortBy(name) {
  const isSame = shown.order.metric === name;
  shown.order = {metric: name, isReversed: isSame && !shown.order.isReversed};
  drawNumbers(scenarioShown());
  byId('numbers').querySelector('th[aria-sort] button')?.focus();
}

// ---- what people do

// The selects offer what the scenario has; what was chosen stays chosen where it can.
function chooseScenario(index) {
  shown.scenario = index;
  const scenario = scenarioShown();
  byId('scenario').value = String(index);
  const metrics = metricsOf(comparison, scenario).map(({name, title}) => ({value: name, text: title ?? name}));
  const offer = (id, wanted) => fillSelect(byId(id), metrics, byId(id).value || wanted);
  offer('metric', QOS.name);
  offer('first-x', 'cost_usd');
  offer('first-y', 'accuracy');
  offer('second-x', 'energy_j');
  offer('second-y', 'response_mean_s');
  const applications = (scenario.applications ?? []).map((name) => ({value: name, text: name}));
  fillSelect(byId('strategies-of'), [{value: '', text: 'all applications'}, ...applications], byId('strategies-of').value);
  draw();
}

function begin() {
  const {scenarios, settings, version, command, reference} = comparison;
  const policies = new Set(scenarios.flatMap((scenario) => scenario.policies.map(({name}) => name))).size;
  document.title = 'SciNet comparison: ' + scenarios.map(({name}) => name).join(', ');
  byId('title').textContent = [count(policies, 'policy'), count(scenarios.length, 'scenario'), count(settings?.seeds ?? 0, 'paired seed')].join(', ');
  byId('command').textContent = command ?? '';
  byId('made').textContent = 'Made by SciNet ' + (version ?? '') + '; the reference is ' + (reference ?? 'none') + '.';
  byId('overview-note').textContent = 'Mean scores; a stronger tint is worse within a scenario. ' + VERDICT_MARKS.better + ' better and ' + VERDICT_MARKS.worse
    + ' worse than ' + reference + ', ' + VERDICT_MARKS.undecided + ' cannot be told from it. A scenario\u2019s name shows it below.';
  drawGuide(settings);

  fillSelect(byId('scenario'), scenarios.map(({name}, index) => ({value: String(index), text: name})));
  fillSelect(byId('response-figure'), RESPONSE_FIGURES);
  fillSelect(byId('numbers-show'), NUMBERS_SHOWN);
  byId('scenario').addEventListener('change', () => chooseScenario(Number(byId('scenario').value)));
  for (const id of ['metric', 'first-x', 'first-y', 'second-x', 'second-y', 'strategies-of', 'response-figure', 'numbers-show']) {
    byId(id).addEventListener('change', draw);
  }
  byId('choose-best').addEventListener('click', () => choose(null));
  byId('choose-all').addEventListener('click', () => choose(new Set(scenarioShown().policies.map(({name}) => name))));
  byId('choose-none').addEventListener('click', () => choose(new Set()));
  byId('copy-command').addEventListener('click', async () => {
    byId('copy-command').textContent = (await copyText(command)) ? 'Copied' : 'Not copied';
  });
  byId('copy-numbers').addEventListener('click', async () => {
    byId('copied').textContent = (await copyText(csvOf(comparison, scenarioShown()))) ? 'Copied.' : 'This browser does not let pages copy.';
  });

  chooseScenario(0);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', draw);
  addEventListener('resize', redrawWhenWidthChanges());
  // Paper is white and narrow, whatever the screen is.
  const guide = document.querySelector('.guide');
  let wasOpen = false;
  addEventListener('beforeprint', () => {
    wasOpen = guide.open;
    guide.open = true;
    document.documentElement.dataset.printing = '';
    draw();
  });
  addEventListener('afterprint', () => {
    guide.open = wasOpen;
    delete document.documentElement.dataset.printing;
    draw();
  });
}

function redrawWhenWidthChanges() {
  let width = innerWidth;
  let frame = 0;
  return () => {
    if (innerWidth === width) return;
    width = innerWidth;
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(draw);
  };
}

function drawGuide(settings) {
  const percent = Math.round((settings?.confidence ?? 0.95) * 100);
  const paragraphs = [
    ['Score', 'Quality of service: 1 minus the weighted terms energy, cost, response, violation and inaccuracy, each a share of an absolute reference. 1 is perfect.'],
    ['Paired seeds', 'With one seed all policies meet the same requests, work and faults, so most of the luck cancels in differences.'],
    ['Intervals', percent + ' % intervals by paired bootstrap' + (settings?.resamples ? ' with ' + settings.resamples.toLocaleString('en-US') + ' resamples' : '')
      + '. Look at the difference to the reference: it can be certain although the intervals of the two means overlap.'],
    ['Many comparisons', 'Of many intervals about one in twenty misses by chance: among many policies a single narrow win is weak evidence.'],
    ['Regret', 'What the score falls short of the policy oracle, seed by seed. It exists where the oracle ran.'],
    ['Marks', VERDICT_MARKS.better + ' better, ' + VERDICT_MARKS.worse + ' worse, ' + VERDICT_MARKS.different + ' different: the interval of the difference leaves out 0. ' + VERDICT_MARKS.undecided + ' does not.'],
  ];
  byId('guide').replaceChildren(element('dl', paragraphs.flatMap(([what, text]) => [element('dt', what), element('dd', text)])));
}

begin();
