// The report of a training in a real browser: that it shows the document's figures, and that nothing in the
// document can do more than be shown.
// usage: SCINET_PLAYWRIGHT=FOLDER node training_test.mjs WRITE_REPORT
import assert from 'node:assert/strict';
import {after, test} from 'node:test';

import {Browser} from './browser.mjs';

const HEADS = ['power', 'strategy', 'host'];
const browser = await Browser.launch(process.argv[2], 'training');
after(() => browser.close());

function figures(scale) {
  const head = (regret) => ({
    questions: 100 + scale, regret: {network: regret, rule: 2 * regret, majority: 3 * regret, random: 9 * regret},
    agreement: {network: 0.6, rule: 0.5, majority: 0.4},
  });
  return {
    ...Object.fromEntries(HEADS.map((name, index) => [name, head((index + 1) * scale * 1e-4)])),
    next_utilisation_rmse: {network: 0.09, last_value: 0.11, mean_of_3: 0.13},
  };
}

const sample = {
  policy: 'scinet', command: 'scinet train scinet --seed 3 --out DIR', seed: 3, data: '0123456789abcdef',
  phases: ['forced', 'free', 'round-1'].map((phase, index) => ({
    phase, lessons: 1000 * (index + 1), losses: [1.9 - index / 10, 1.7 - index / 10, 1.6 - index / 10], validation: figures(7 - 2 * index),
  })),
  test: figures(5), test_without_features: figures(50), test_with_shuffled_features: figures(30), test_in_other_families: figures(8),
  whole_runs: {runs: 800, beats: 80, qos: 0.80441, cosim_qos: 0.7},
  large_runs: {runs: 80, beats: 80, qos: 0.85, cosim_qos: 0.7},
};

async function onPage(training, check, settings) {
  const page = await browser.open(training, settings);
  await check(page);
  assert.deepEqual(page.problems, []);
  await page.context().close();
}

const textsIn = (page, chart) => page.$$eval(`#${chart} svg text`, (texts) => texts.map((text) => text.textContent));
const rowsOf = (page, table) => page.$$eval(`#${table} tbody tr`, (rows) => rows.map((row) => [...row.cells].map((cell) => cell.textContent)));

test('the words and tables say what the document says', () => onPage(sample, async (page) => {
  assert.equal(await page.textContent('#title'), 'scinet, seed 3');
  assert.equal(await page.textContent('#command'), sample.command);
  assert.match(await page.textContent('#headline'), /^6,000 lessons in 3 phases\. On other seeds an answer loses 0\.00050 of QoS \(power\)/);
  assert.match(await page.textContent('#headline'), /QoS of 800 runs of 80 beats in made-up scenarios, the same for every training: 0\.8044 \(cosim 0\.7000\)\. QoS of 80 runs of 80 beats in made-up scenarios of 128 to 256 hosts, the same for every training: 0\.8500 \(cosim 0\.7000\)\.$/);
  const heads = await rowsOf(page, 'heads');
  assert.equal(heads.length, 4 * HEADS.length);
  assert.deepEqual(heads[4], ['strategy, other families of scenarios', '108', '0.00160', '0.00320', '0.00480', '0.01440', '60.0\u00a0%', '50.0\u00a0%', '40.0\u00a0%']);
  assert.deepEqual((await rowsOf(page, 'utilisation'))[0], ['other seeds', '0.090', '0.110', '0.130']);
}));

for (const settings of [{width: 1280}, {width: 480, colorScheme: 'dark'}]) {
  test(`both pictures are drawn with every phase, ${settings.width} pixels wide`, () => onPage(sample, async (page) => {
    const losses = await textsIn(page, 'losses');
    for (const {phase} of sample.phases) assert.ok(losses.includes(phase), `${phase} among ${losses}`);
    const curves = await page.evaluate(() => charts.get('losses').getOption().series[0].data);
    assert.deepEqual(curves, sample.phases.flatMap((phase) => phase.losses));
    const regrets = await textsIn(page, 'regrets');
    for (const text of [...HEADS, 'network', 'rule', 'majority', 'round-1']) assert.ok(regrets.includes(text), `${text} among ${regrets}`);
    const drawn = await page.evaluate(() => charts.get('regrets').getOption().series.map(({name, data}) => [name, data]));
    assert.deepEqual(drawn[3], ['network', sample.phases.map(({validation}) => validation.strategy.regret.network)]);
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(width <= settings.width, `${width} pixels`);
  }, settings));
}

test('a training that goes on from another has no phases to compare', () => onPage(
  {policy: 'scinet', command: 'scinet train scinet --continue RUN --seed 1 --out DIR', continued_from: '89abcdef', seed: 1, data: '01234567', lessons: 141, held_out: 44, losses: [0.5, 0.4], before: figures(9), after: figures(4)},
  async (page) => {
    assert.match(await page.textContent('#headline'), /^141 lessons in 1 phase\. On the same, after an answer loses 0\.00040/);
    assert.match(await page.textContent('#made'), /continued from 89abcdef/);
    assert.equal(await page.isVisible('#regrets-section'), false);
    assert.equal((await rowsOf(page, 'heads')).length, 2 * HEADS.length);
  }));

test('names stay text', () => {
  const hostile = '</script><img src=x onerror=alert(1)>';
  const changed = {...sample, command: hostile, phases: sample.phases.map((phase) => ({...phase, phase: hostile}))};
  return onPage(changed, async (page) => {
    assert.equal(await page.textContent('#command'), hostile);
    assert.equal(await page.$$eval('img', (images) => images.length), 0);
  });
});
