// The report of a training: its loss, what its answers lose after each phase, and what it does with questions
// that it never saw. The document is report.json as `scinet train` writes it.
'use strict';

const training = JSON.parse(byId('document').textContent);
const HEADS = ['power', 'strategy', 'host'];
const PANEL_HEIGHT = 240;
// Who answers, and the number of the colour that it has in all pictures.
const ANSWERS = [['network', 0], ['rule', 1], ['majority', 2]];
// What was examined, in words; a training has some of them.
const EXAMINED = [
  ['test', 'other seeds'], ['test_in_other_families', 'other families of scenarios'],
  ['test_without_features', 'other seeds, seeing zeros'], ['test_with_shuffled_features', 'other seeds, seeing others\u2019 rows'],
  ['before', 'other stretches of the run, before'], ['after', 'the same, after'],
].filter(([name]) => training[name]);

// A training that goes on from another has one phase and no name for it.
const phases = training.phases ?? [{phase: 'continued', lessons: training.lessons, losses: training.losses}];

function number(value, digits) {
  return value == null ? '\u2013' : value.toFixed(digits);
}

function theme() {
  const style = getComputedStyle(document.documentElement);
  const colour = (name) => style.getPropertyValue('--' + name).trim();
  return {
    ink: colour('ink'), soft: colour('soft'), faint: colour('faint'), card: colour('card'),
    lines: [0, 1, 2].map((index) => colour('policy-' + index)), font: style.fontFamily || 'sans-serif',
  };
}

function axes({soft, faint}) {
  const plain = {axisLine: {show: false}, axisTick: {show: false}, axisLabel: {color: soft, fontSize: 11, hideOverlap: true}};
  return {
    x: {...plain, type: 'category', boundaryGap: false, splitLine: {show: false}},
    y: {...plain, type: 'value', scale: true, splitNumber: 4, splitLine: {lineStyle: {color: faint}}},
  };
}

const charts = new Map();  // by id of their element

function drawChart(id, label, height, option) {
  const place = byId(id);
  place.style.height = height + 'px';
  place.setAttribute('role', 'img');
  place.setAttribute('aria-label', label);
  if (!charts.has(id)) charts.set(id, echarts.init(place, null, {renderer: 'svg'}));
  charts.get(id).resize();
  charts.get(id).setOption(option, {notMerge: true});
}

function drawLosses(look) {
  const {x, y} = axes(look);
  const epochs = phases.flatMap(({phase, losses}) => losses.map((loss, index) => ({phase, epoch: index + 1, loss})));
  let first = 0;
  const areas = phases.map(({phase, losses}, index) => {
    const begin = first;
    first += losses.length;
    return [{xAxis: begin, name: phase, itemStyle: {color: index % 2 ? 'transparent' : look.faint, opacity: 0.6}}, {xAxis: Math.min(first, epochs.length - 1)}];
  });
  drawChart('losses', 'Loss of each epoch', 280, {
    animation: false, textStyle: {fontFamily: look.font, color: look.ink},
    grid: {left: 52, right: 16, top: 26, bottom: 40},
    xAxis: {...x, name: 'epoch', nameLocation: 'middle', nameGap: 24, nameTextStyle: {color: look.ink}, data: epochs.map((_, index) => index + 1)},
    yAxis: y,
    tooltip: {
      trigger: 'axis', backgroundColor: look.card, borderColor: look.faint, textStyle: {color: look.ink, fontSize: 13},
      formatter: ([{dataIndex}]) => {
        const {phase, epoch, loss} = epochs[dataIndex];
        return element('div', [element('strong', phase + ', epoch ' + epoch), ' ' + number(loss, 4)], {class: 'tooltip'});
      },
    },
    series: [{
      type: 'line', symbol: 'none', data: epochs.map(({loss}) => loss), lineStyle: {color: look.lines[0], width: 2},
      markArea: {silent: true, label: {color: look.soft, fontSize: 11, position: 'top'}, data: areas},
    }],
  });
}

function drawRegrets(look) {
  const validated = phases.filter(({validation}) => validation);
  byId('regrets-section').hidden = validated.length === 0;
  if (validated.length === 0) return;
  const columns = byId('regrets').clientWidth < 720 ? 1 : HEADS.length;
  const width = 100 / columns;
  const grids = HEADS.map((_, index) => ({
    left: (index % columns) * width + (columns > 1 ? 5 : 12) + '%', width: width - (columns > 1 ? 7 : 16) + '%',
    top: 58 + Math.floor(index / columns) * PANEL_HEIGHT, height: PANEL_HEIGHT - 90,
  }));
  const {x, y} = axes(look);
  drawChart('regrets', 'QoS lost by an answer after each phase', 30 + Math.ceil(HEADS.length / columns) * PANEL_HEIGHT, {
    animation: false, textStyle: {fontFamily: look.font, color: look.ink},
    legend: {top: 0, left: 0, textStyle: {color: look.ink}, data: ANSWERS.map(([name]) => name)},
    title: HEADS.map((head, index) => ({text: head, left: grids[index].left, top: grids[index].top - 26, textStyle: {fontSize: 12, fontWeight: 600, color: look.ink}})),
    grid: grids,
    xAxis: HEADS.map((_, index) => ({...x, gridIndex: index, boundaryGap: true, axisLabel: {...x.axisLabel, rotate: 40}, data: validated.map(({phase}) => phase)})),
    yAxis: HEADS.map((_, index) => ({...y, gridIndex: index, scale: false})),
    tooltip: {
      backgroundColor: look.card, borderColor: look.faint, textStyle: {color: look.ink, fontSize: 13},
      formatter: ({seriesName, name, value}) => element('div', [element('strong', seriesName + ', ' + name), ' ' + number(value, 5)], {class: 'tooltip'}),
    },
    series: HEADS.flatMap((head, index) => ANSWERS.map(([name, colour]) => ({
      type: 'line', name, xAxisIndex: index, yAxisIndex: index, symbolSize: 6, itemStyle: {color: look.lines[colour]}, lineStyle: {color: look.lines[colour], width: 2},
      data: validated.map(({validation}) => validation[head].regret[name]),
    }))),
  });
}

function fillTable(id, columns, rows) {
  byId(id).replaceChildren(
    element('thead', element('tr', columns.map((name, index) => element('th', name, {class: index ? 'number' : null, scope: 'col'})))),
    element('tbody', rows.map(([name, ...cells]) => element('tr', [element('th', name, {scope: 'row'}), ...cells.map((cell) => element('td', cell, {class: 'number'}))]))));
}

function drawTables() {
  const who = ['network', 'rule', 'majority', 'random'];
  fillTable('heads', ['', 'questions', ...who.map((name) => 'regret, ' + name), ...who.slice(0, 3).map((name) => 'agreement, ' + name)],
    EXAMINED.flatMap(([name, words]) => HEADS.map((head) => {
      const {questions, regret, agreement} = training[name][head];
      return [head + ', ' + words, String(questions), ...who.map((answer) => number(regret[answer], 5)), ...who.slice(0, 3).map((answer) => number(100 * agreement[answer], 1) + '\u00a0%')];
    })));
  fillTable('utilisation', ['', 'network', 'last value', 'mean of 3 beats'], EXAMINED.map(([name, words]) => {
    const {network, last_value, mean_of_3} = training[name].next_utilisation_rmse;
    return [words, number(network, 3), number(last_value, 3), number(mean_of_3, 3)];
  }));
}

function drawWords() {
  const lessons = phases.reduce((sum, phase) => sum + phase.lessons, 0);
  byId('title').textContent = training.policy + ', seed ' + training.seed;
  const [examined, words] = EXAMINED.find(([name]) => name === 'after') ?? EXAMINED[0] ?? [];
  const sentences = [lessons.toLocaleString('en-US') + ' lessons in ' + phases.length + (phases.length === 1 ? ' phase.' : ' phases.')];
  if (examined) {
    sentences.push('On ' + words + ' an answer loses ' + HEADS.map((head) => number(training[examined][head].regret.network, 5) + ' of QoS (' + head + ')').join(', ') + '.');
  }
  for (const [played, where] of [[training.whole_runs, 'scenarios'], [training.large_runs, 'scenarios of 128 to 256 hosts']]) {
    if (!played) continue;
    const {runs, beats, qos, cosim_qos} = played;
    sentences.push('QoS of ' + runs + ' runs of ' + beats + ' beats in made-up ' + where + ', the same for every training: ' + number(qos, 4) + ' (cosim ' + number(cosim_qos, 4) + ').');
  }
  byId('headline').textContent = sentences.join(' ');
  byId('command').textContent = training.command;
  byId('made').textContent = 'Lessons with the hash ' + training.data + (training.continued_from ? '; continued from ' + training.continued_from : '') + '.';
}

function draw() {
  const look = theme();
  drawLosses(look);
  drawRegrets(look);
  document.documentElement.dataset.drawn = '';
}

drawWords();
drawTables();
draw();
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', draw);
addEventListener('resize', draw);
