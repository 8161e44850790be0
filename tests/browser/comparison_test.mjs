// The report of a comparison in a real browser: that it shows the document's figures, that its controls
// work, and that nothing in the document can do more than be shown.
// usage: SCINET_PLAYWRIGHT=FOLDER node comparison_test.mjs WRITE_REPORT SCINET
import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {after, test} from 'node:test';

import {Browser} from './browser.mjs';
import {sampleComparison} from './sample_comparison.mjs';

const CHARTS = ['ranking', 'terms', 'losses', 'first-tradeoff', 'second-tradeoff', 'series', 'strategies', 'decisions'];
const sample = sampleComparison();
const [hetero, burst] = sample.scenarios;
const browser = await Browser.launch(process.argv[2], 'comparison');
after(() => browser.close());

// Runs `check` on a page of the document; whatever the page complains of fails the test.
async function onPage(comparison, check, settings) {
  const page = await browser.open(comparison, settings);
  await check(page);
  assert.deepEqual(page.problems, []);
  await page.context().close();
}

function namesBy(scenario, metric, sign) {
  return [...scenario.policies].sort((a, b) => sign * (a.metrics[metric].mean - b.metrics[metric].mean)).map(({name}) => name);
}

const plain = (label) => label.replace(' (ref.)', '');
const firstColumn = (page, table) => page.$$eval(`#${table} tbody th .name`, (cells) => cells.map((cell) => cell.textContent));
const column = (page, table, index) => page.$$eval(`#${table} tbody tr`, (rows, at) => rows.map((row) => row.cells[at].firstChild.textContent), index);
const textsIn = (page, chart) => page.$$eval(`#${chart} svg text`, (texts) => texts.map((text) => text.textContent));

test('every picture is drawn, with every policy in the rankings', () => onPage(sample, async (page) => {
  for (const chart of CHARTS) {
    const shapes = await page.$$eval(`#${chart} svg path`, (paths) => paths.length);
    assert.ok(shapes > 25, `${chart} has ${shapes} shapes`);
    assert.match(await page.getAttribute('#' + chart, 'aria-label'), /\w/);
  }
  for (const chart of ['ranking', 'terms', 'losses', 'strategies', 'decisions']) {
    const texts = (await textsIn(page, chart)).map(plain);
    for (const {name} of hetero.policies) assert.ok(texts.includes(name), `${chart} names ${name}`);
  }
}));

test('the words say what the document says', () => onPage(sample, async (page) => {
  assert.equal(await page.textContent('#title'), '25 policies, 2 scenarios, 30 paired seeds');
  assert.equal(await page.textContent('#command'), sample.command);
  const best = hetero.policies.find(({name}) => name === namesBy(hetero, 'qos', -1)[0]);
  const headline = await page.textContent('#headline');
  assert.ok(headline.includes(`${best.name} scores best: ${best.metrics.qos.mean.toFixed(3)} [${best.metrics.qos.ci_low.toFixed(3)} to`), headline);
  const better = hetero.policies.filter(({metrics: {qos: {vs}}}) => vs && vs.ci_low > 0).length;
  assert.ok(headline.includes(`Against cosim, ${better} of 24 are better`), headline);
  assert.match(await page.textContent('#facts'), /10 B4ms, 6 Raspberry Pi 3B · every 5 s · 500 s · 30 seeds/);
}));

test('the table has the numbers of the document, sorts by any column and shows differences', () => onPage(sample, async (page) => {
  const byQos = namesBy(hetero, 'qos', -1);
  assert.deepEqual((await firstColumn(page, 'numbers')).map(plain), byQos);
  const figures = byQos.map((name) => hetero.policies.find((policy) => policy.name === name).metrics);
  assert.deepEqual(await column(page, 'numbers', 1), figures.map(({qos}) => qos.mean.toFixed(3)));

  const energy = page.locator('#numbers thead button', {hasText: /^energyMJ$/});
  await energy.click();
  assert.deepEqual((await firstColumn(page, 'numbers')).map(plain), namesBy(hetero, 'energy_j', 1));
  assert.equal(await page.getAttribute('#numbers th[aria-sort]', 'aria-sort'), 'ascending');
  assert.equal(await page.evaluate(() => document.activeElement.textContent), 'energyMJ');
  await page.keyboard.press('Enter');
  assert.deepEqual((await firstColumn(page, 'numbers')).map(plain), namesBy(hetero, 'energy_j', -1));
  assert.equal(await page.getAttribute('#numbers th[aria-sort]', 'aria-sort'), 'descending');

  await page.selectOption('#numbers-show', 'differences');
  const random = page.locator('#numbers tbody tr', {hasText: 'random'});
  const {vs} = hetero.policies.find(({name}) => name === 'random').metrics.qos;
  assert.equal(await random.locator('td').first().textContent(), `\u2212${Math.abs(vs.diff).toFixed(3)}\u25bc\u2212${Math.abs(vs.ci_low).toFixed(3)} to \u2212${Math.abs(vs.ci_high).toFixed(3)}`);
}));

test('another scenario brings its own figures', () => onPage(sample, async (page) => {
  const before = await textsIn(page, 'ranking');
  await page.selectOption('#scenario', '1');
  assert.deepEqual((await firstColumn(page, 'numbers')).map(plain), namesBy(burst, 'qos', -1));
  assert.match(await page.textContent('#headline'), /^In burst, /);
  assert.notDeepEqual(await textsIn(page, 'ranking'), before);

  await page.click('#overview thead button >> text=hetero-16');
  assert.equal(await page.inputValue('#scenario'), '0');
  assert.deepEqual(await textsIn(page, 'ranking'), before);
}));

test('a ranking can be by any metric', () => onPage(sample, async (page) => {
  const order = async () => (await textsIn(page, 'ranking')).map(plain).filter((text) => hetero.policies.some(({name}) => name === text)).slice(0, 25);
  assert.deepEqual(await order(), namesBy(hetero, 'qos', -1));
  await page.selectOption('#metric', 'cost_usd');
  assert.deepEqual(await order(), namesBy(hetero, 'cost_usd', 1));
}));

test('policies in colour are the best five and the reference, then those that people choose', () => onPage(sample, async (page) => {
  const pressed = () => page.$$eval('#policies [aria-pressed=true]', (chips) => chips.map((chip) => chip.textContent));
  const inTime = () => page.$$eval('#series-legend button', (chips) => chips.map((chip) => chip.textContent));
  const best = namesBy(hetero, 'qos', -1).slice(0, 5);
  assert.deepEqual((await pressed()).map(plain), [...best, 'cosim']);
  const lines = () => page.$$eval('#series svg path[fill=none]', (paths) => new Set(paths.map((path) => path.getAttribute('stroke'))).size);
  const linesBefore = await lines();

  await page.focus('#policies button >> text=random');
  await page.keyboard.press('Space');
  assert.deepEqual((await inTime()).map(plain), [...best, 'cosim', 'random']);
  assert.equal(await page.evaluate(() => document.activeElement.textContent), 'random');
  assert.ok(await lines() >= linesBefore);

  await page.click('#choose-none');
  assert.deepEqual(await inTime(), []);
  await page.click('#choose-best');
  assert.deepEqual((await inTime()).map(plain), [...best, 'cosim']);
}));

test('a policy has one colour and shape in all pictures', () => onPage(sample, async (page) => {
  const colourOfDot = (chart) => page.evaluate((id) => {
    const option = charts.get(id).getOption();
    const series = option.series.find(({type}) => type === 'scatter');
    const names = option.yAxis[0].data ?? scenarioShown().policies.map(({name}) => name);
    const {symbol, itemStyle} = series.data[names.indexOf('oracle')];
    return [symbol, itemStyle.color];
  }, chart);
  const [symbol, colour] = await colourOfDot('ranking');
  for (const chart of ['terms', 'first-tradeoff', 'second-tradeoff', 'decisions']) {
    assert.deepEqual(await colourOfDot(chart), [symbol, colour], chart);
  }
  const swatch = await page.$eval('#policies button', (chip) => getComputedStyle(chip.querySelector('.swatch')).color);
  const asRgb = await page.evaluate((hex) => { document.body.style.outlineColor = hex; return getComputedStyle(document.body).outlineColor; }, colour);
  assert.equal(swatch, asRgb);
}));

test('the front holds exactly the points that no other beats', () => onPage(sample, async (page) => {
  const wrong = await page.evaluate(() => {
    let state = 1;
    const random = () => (state = (state * 48271) % 2147483647) / 2147483647;
    for (let round = 0; round < 200; ++round) {
      const points = Array.from({length: 1 + Math.floor(random() * 12)}, () => ({x: Math.floor(random() * 6), y: Math.floor(random() * 6)}));
      for (const xSide of [1, -1]) {
        for (const ySide of [1, -1]) {
          const front = paretoFront(points, xSide, ySide);
          for (const point of points) {
            const isBeaten = points.some((other) => (other.x - point.x) * xSide >= 0 && (other.y - point.y) * ySide >= 0 && (other.x !== point.x || other.y !== point.y));
            if (isBeaten === front.includes(point)) return [points, xSide, ySide];
          }
          // Every corner of the line is a point of the front, or beaten by one: none lies beyond.
          for (const [x, y] of staircase(front, points, xSide, ySide)) {
            if (!front.some((point) => (point.x - x) * xSide >= 0 && (point.y - y) * ySide >= 0)) return [points, xSide, ySide, x, y];
          }
        }
      }
    }
    return null;
  });
  assert.equal(wrong, null);
}));

test('names of points do not cover each other', () => onPage(sample, async (page) => {
  await page.click('#choose-all');
  for (const chart of ['first-tradeoff', 'second-tradeoff']) {
    const {names, covered} = await page.$eval('#' + chart, (place) => {
      const known = new Set(scenarioShown().policies.map(({name}) => rowOf(name).label));
      const boxes = [...place.querySelectorAll('svg text')].filter((text) => known.has(text.textContent)).map((text) => {
        const {left, top, width, height} = text.getBoundingClientRect();
        return {left: left + 1, top: top + 2, width: width - 2, height: height - 4, text: text.textContent};  // of letters, without the air around
      });
      return {names: boxes.length, covered: boxes.filter((box, at) => boxes.some((other, index) => index < at && boxesMeet(box, other))).map(({text}) => text)};
    });
    assert.ok(names >= 15, `${chart} names ${names} of 25`);
    assert.deepEqual(covered, [], chart);
  }
}));

test('numbers are written with units and digits that fit', () => onPage(sample, async (page) => {
  const write = (unit, values) => page.evaluate(([of, all]) => all.map((value) => withUnit(value, scaleFor(of, all))), [unit, values]);
  assert.deepEqual(await write('J', [1234567, 2000]), ['1.23\u00a0MJ', '0.00\u00a0MJ']);
  assert.deepEqual(await write('s', [0.0123, null]), ['12.3\u00a0ms', '\u2013']);
  assert.deepEqual(await write('share', [0.1234, -0.02]), ['12.3\u00a0%', '\u22122.0\u00a0%']);
  assert.deepEqual(await write('score', [0.81249]), ['0.812']);
  assert.deepEqual(await write('requests', [12345]), ['12,345\u00a0requests']);
  assert.deepEqual(await write('lost', [0, 0]), ['0\u00a0lost', '0\u00a0lost']);
  assert.deepEqual(await page.evaluate(() => [-0.00001, 0.00001, 0.5].map((value) => signed(value, scaleFor('score', [1])))), ['0.000', '0.000', '+0.500']);
}));

test('the numbers are copied as CSV', () => onPage(sample, async (page) => {
  await page.click('#copy-numbers');
  await page.waitForFunction(() => document.getElementById('copied').textContent === 'Copied.');
  const rows = (await page.evaluate(() => navigator.clipboard.readText())).trim().split(/\r?\n/).map((row) => row.split(','));
  assert.equal(rows.length, 1 + 25 * (sample.metrics.length + 4));  // with regret and three decision times
  for (const {name, metrics} of hetero.policies) {
    const row = rows.find(([scenario, policy, metric]) => scenario === 'hetero-16' && policy === name && metric === 'accuracy');
    assert.equal(Number(row[5]), metrics.accuracy.mean);
    assert.equal(row[9], metrics.accuracy.vs ? String(metrics.accuracy.vs.diff) : '');
  }
}));

test('pointing at a mark tells its figures', () => onPage(sample, async (page) => {
  const [x, y] = await page.evaluate(() => {
    const row = charts.get('ranking').getOption().yAxis[0].data.indexOf('random');
    const {mean} = scenarioShown().policies.find(({name}) => name === 'random').metrics.qos;
    document.getElementById('ranking').scrollIntoView({block: 'center'});
    const box = document.getElementById('ranking').getBoundingClientRect();
    const [left, top] = charts.get('ranking').convertToPixel({gridIndex: 0}, [mean, row]);
    return [box.left + left, box.top + top];
  });
  await page.mouse.move(x, y);
  const tooltip = await page.waitForSelector('#ranking .tooltip');
  const {metrics: {qos}} = hetero.policies.find(({name}) => name === 'random');
  assert.match(await tooltip.textContent(), new RegExp('^randommean' + qos.mean.toFixed(3)));
}));

test('hostile names stay text', async () => {
  const hostile = '</script><img src=x onerror=alert(1)><b>{a|bold}\u2028"\'&amp;';
  const comparison = sampleComparison();
  comparison.command = 'scinet ' + hostile;
  comparison.version = hostile;
  comparison.metrics[6].title = hostile;
  const [scenario] = comparison.scenarios;
  scenario.name = scenario.summary = hostile;
  scenario.applications[0] = scenario.strategies[0] = hostile;
  scenario.hosts[0].type = hostile;
  for (const policy of scenario.policies) {
    policy.responses[0].application = hostile;
    for (const about of policy.strategies) {
      if (about.strategy === 'whole') about.strategy = hostile;
      if (about.application === 'ocr') about.application = hostile;
    }
  }
  scenario.policies[0].name = scenario.policies[0].summary = hostile;
  await onPage(comparison, async (page) => {
    assert.equal(await page.textContent('#command'), comparison.command);
    assert.ok((await page.textContent('#headline')).includes(hostile));
    assert.ok((await firstColumn(page, 'numbers')).includes(hostile));
    assert.ok((await page.textContent('#strategies-legend')).includes(hostile));
    assert.deepEqual(await page.$$eval('img, main b', (found) => found.map((item) => item.outerHTML)), []);

    // Names come into tooltips too.
    await page.evaluate(() => charts.get('ranking').dispatchAction({type: 'showTip', seriesIndex: 0, dataIndex: 0}));
    const tooltip = await page.waitForSelector('#ranking .tooltip strong');
    assert.equal(await tooltip.textContent(), hostile);
    await page.evaluate(() => charts.get('strategies').dispatchAction({type: 'showTip', seriesIndex: 0, dataIndex: 0}));
    await page.waitForSelector('#strategies .tooltip');
    await page.selectOption('#first-x', 'energy_j');
    assert.deepEqual(await page.$$eval('img', (found) => found.length), 0);
  });
});

test('it fits a desk and a pocket, by day and by night', async () => {
  const grounds = new Set();
  for (const width of [1280, 400]) {
    for (const colorScheme of ['light', 'dark']) {
      await onPage(sample, async (page) => {
        const where = `${width} ${colorScheme}`;
        assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), width, where);
        for (const chart of CHARTS) {
          const {chartWidth, outside} = await page.$eval('#' + chart, (place) => {
            const box = place.getBoundingClientRect();
            const texts = [...place.querySelectorAll('svg text')].map((text) => [text.textContent, text.getBoundingClientRect()]);
            return {chartWidth: box.width, outside: texts.filter(([, text]) => text.left < box.left - 1 || text.right > box.right + 1 || text.bottom > box.bottom + 1).map(([text]) => text)};
          });
          assert.ok(chartWidth > 250, `${where}: ${chart} is ${chartWidth} wide`);
          assert.deepEqual(outside, [], `${where}: texts of ${chart} outside of it`);
        }
        grounds.add(await page.evaluate(() => getComputedStyle(document.body).backgroundColor));
        const contrast = await page.evaluate(() => {
          const light = (colour) => colour.match(/[\d.]+/g).slice(0, 3).map((part) => (part / 255) ** 2.2).reduce((sum, part, index) => sum + part * [0.2126, 0.7152, 0.0722][index], 0);
          const card = light(getComputedStyle(document.querySelector('.card')).backgroundColor);
          return [...document.querySelectorAll('.note, .number, .chip, #ranking svg text')].map((item) => {
            const style = getComputedStyle(item);
            const text = light(item.tagName === 'text' ? style.fill : style.color);
            return (Math.max(text, card) + 0.05) / (Math.min(text, card) + 0.05);
          });
        });
        assert.ok(Math.min(...contrast) >= 4.5, `${where}: text has a contrast of ${Math.min(...contrast)}`);
      }, {width, colorScheme});
    }
  }
  assert.equal(grounds.size, 2);
});

test('it follows the window and the colour scheme while it is open', () => onPage(sample, async (page) => {
  const colour = () => page.$eval('#ranking svg text', (text) => getComputedStyle(text).fill);
  const day = await colour();
  await page.emulateMedia({colorScheme: 'dark'});
  await page.waitForFunction((before) => getComputedStyle(document.querySelector('#ranking svg text')).fill !== before, day);
  await page.setViewportSize({width: 500, height: 800});
  await page.waitForFunction(() => document.querySelector('#ranking svg').getBoundingClientRect().width < 500);
}));

test('it prints on white paper, and comes back', () => onPage(sample, async (page) => {
  const colour = () => page.$eval('#ranking svg text', (text) => getComputedStyle(text).fill);
  const night = await colour();
  await page.evaluate(() => {
    addEventListener('beforeprint', () => {
      window.printed = {fill: getComputedStyle(document.querySelector('#ranking svg text')).fill, width: document.querySelector('#ranking svg').getBoundingClientRect().width};
    });
  });
  const pdf = await page.pdf({format: 'A4'});
  assert.ok(pdf.length > 50000);
  const printed = await page.evaluate(() => window.printed);
  assert.notEqual(printed.fill, night);
  assert.ok(printed.width <= 720, String(printed.width));
  assert.equal(await colour(), night);
}, {colorScheme: 'dark'}));

test('one policy, one seed and nothing else is a report too', async () => {
  const comparison = sampleComparison();
  comparison.scenarios.pop();
  const [scenario] = comparison.scenarios;
  scenario.seeds = [1];
  comparison.settings.seeds = 1;
  scenario.policies = [{
    ...scenario.policies[3], regret: null, decision_us: null, strategies: [], responses: [], runs: 1,
    series: {time_s: [], hosts_on: [], utilisation: [], in_progress: [], arrived: []},
    metrics: {qos: {mean: 0.7, ci_low: null, ci_high: null}, accuracy: {mean: null, ci_low: null, ci_high: null}},
  }];
  scenario.applications = scenario.strategies = [];
  await onPage(comparison, async (page) => {
    assert.equal(await page.textContent('#title'), '1 policy, 1 scenario, 1 paired seed');
    assert.equal(await page.textContent('#headline'), 'In hetero-16, cosim scores best: 0.700.');
    assert.equal(await page.isVisible('#overview'), false);
    assert.match(await page.textContent('#ranking-note'), /One seed gives no intervals/);
    assert.deepEqual(await column(page, 'numbers', 1), ['0.700']);
  });
});

test('what the program writes is shown in full', async () => {
  const out = join(browser.folder, 'compared');
  execFileSync(process.argv[3], ['compare', '--scenario', 'scinet-2023,burst', '--policies', 'random,least-loaded,cosim',
    '--seeds', '3', '--horizon', '100 s', '--quiet', '--out', out]);
  const comparison = JSON.parse(readFileSync(join(out, 'comparison.json')));
  const page = await browser.openFile(join(out, 'report.html'));
  assert.equal(await page.textContent('#title'), '3 policies, 2 scenarios, 3 paired seeds');
  for (const [index, scenario] of comparison.scenarios.entries()) {
    await page.selectOption('#scenario', String(index));
    const byQos = namesBy(scenario, 'qos', -1);
    assert.deepEqual((await firstColumn(page, 'numbers')).map(plain), byQos);
    assert.deepEqual(await column(page, 'numbers', 1), byQos.map((name) => scenario.policies.find((policy) => policy.name === name).metrics.qos.mean.toFixed(3)));
    // Nothing that the page reads is missing in the document.
    for (const chart of CHARTS) {
      const drawn = await page.evaluate((id) => charts.get(id).getOption().series.flatMap(({data}) => data ?? []).filter((item) => [item?.value ?? item].flat()[0] !== '-').length, chart);
      assert.ok(drawn >= 3, `${chart} shows ${drawn} figures`);
    }
    const cells = await page.$$eval('#responses tbody td', (found) => found.map((cell) => cell.textContent));
    assert.equal(cells.length, 3 * scenario.applications.length);
    assert.ok(cells.some((cell) => /\d/.test(cell)));
    const strategies = await page.textContent('#strategies-legend');
    for (const strategy of scenario.strategies) assert.ok(strategies.includes(strategy), strategy);
  }
  assert.deepEqual(page.problems, []);
});
