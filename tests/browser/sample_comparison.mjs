// A made-up comparison of realistic size and shape, as docs/comparison.md describes it: 25 policies,
// two scenarios. Its figures are no measurements. Same call, same document.
const POLICIES = [
  ['oracle', 0.00], ['scinet-search', 0.004], ['scinet', 0.012], ['cosim', 0.03], ['gosh', 0.034], ['hasco', 0.041],
  ['graf', 0.043], ['cahs', 0.05], ['uahs', 0.052], ['ces', 0.055], ['narya', 0.058], ['semidirect', 0.061],
  ['acoarima', 0.066], ['acolstm', 0.068], ['recsim', 0.07], ['decision-nn', 0.074], ['gillis', 0.081], ['splitplace', 0.085],
  ['gobi', 0.09], ['kubernetes-like', 0.11], ['threshold', 0.118], ['slurm-like', 0.13], ['least-loaded', 0.142],
  ['threshold+splitplace+kubernetes-like', 0.06], ['random', 0.21],
];

const METRICS = [
  ['qos', 'QoS', 'score', 'higher'],
  ['qos_energy', 'energy term', 'share', 'lower'],
  ['qos_cost', 'cost term', 'share', 'lower'],
  ['qos_response', 'response term', 'share', 'lower'],
  ['qos_violation', 'violation term', 'share', 'lower'],
  ['qos_inaccuracy', 'inaccuracy term', 'share', 'lower'],
  ['energy_j', 'energy', 'J', 'lower'],
  ['cost_usd', 'cost', 'USD', 'lower'],
  ['energy_per_request_j', 'energy per request', 'J', 'lower'],
  ['cost_per_request_usd', 'cost per request', 'USD', 'lower'],
  ['response_mean_s', 'response, mean', 's', 'lower'],
  ['response_p95_s', 'response, p95', 's', 'lower'],
  ['slo_violation_ratio', 'past their SLO', 'share', 'lower'],
  ['accuracy', 'accuracy', 'share', 'higher'],
  ['hosts_on_mean', 'hosts on', 'hosts', 'neither'],
  ['requests', 'requests', 'requests', 'neither'],
  ['lost', 'lost', 'requests', 'lower'],
  ['unsound_plans', 'unsound plans', 'plans', 'lower'],
  ['fallbacks', 'fallbacks', 'decisions', 'lower'],
  ['deferrals', 'deferrals', 'requests', 'neither'],
];

// Mulberry32 (Ettinger, 2017).
function randomNumbers(state) {
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

const APPLICATIONS = ['ocr', 'vad', 'fashion', 'translate', 'detect'];
const STRATEGIES = ['whole', 'layer', 'semantic', 'compression'];
const REFERENCE = 'cosim';

function policyOf([name, loss], random, {load, seeds, beats, beat_s}) {
  const noise = (size) => (random() - 0.5) * 2 * size;
  const lost = loss * load + 0.12;
  const shares = [0.3 + noise(0.1), 0.25 + lost * 0.4, 0.3 + lost + noise(0.1), Math.max(0, lost - 0.1) + 0.02, 0.14 + noise(0.08)];
  const means = {
    qos: 1 - shares.reduce((sum, share) => sum + share / 5, 0),
    qos_energy: shares[0], qos_cost: shares[1], qos_response: shares[2], qos_violation: shares[3], qos_inaccuracy: shares[4],
    energy_j: 2.1e6 * shares[0] / 0.3, cost_usd: 1.4 * shares[1], energy_per_request_j: 900 * shares[0] / 0.3, cost_per_request_usd: 0.0006 * shares[1],
    response_mean_s: 9 * shares[2], response_p95_s: 24 * shares[2], slo_violation_ratio: shares[3], accuracy: 1 - shares[4],
    hosts_on_mean: 16 * shares[1] + 3, requests: 2400, lost: name === 'random' ? 31 : 0, unsound_plans: 0, fallbacks: name === 'acolstm' ? 3.2 : 0, deferrals: 40 * lost,
  };
  const metrics = {};
  for (const [metric] of METRICS) {
    const half = Math.abs(means[metric]) * (0.012 + 0.01 * random());
    metrics[metric] = {mean: means[metric], ci_low: means[metric] - half, ci_high: means[metric] + half};
  }
  const hosts = means.hosts_on_mean;
  const swing = (beat) => 1 + 0.5 * Math.sin(beat / beats * 2 * Math.PI);
  const times = Array.from({length: beats}, (_, beat) => (beat + 1) * beat_s);
  return {
    name, summary: 'what ' + name + ' does, in a sentence', runs: seeds, metrics,
    regret: null,
    decision_us: {mean: 60 + 2e5 * random() ** 6, p50: 40 + 1e5 * random() ** 6, p95: 0},
    series: {
      time_s: times,
      hosts_on: times.map((_, beat) => Math.min(16, hosts * swing(beat - 3) + noise(0.4))),
      utilisation: times.map((_, beat) => Math.min(1, (0.4 + lost) * swing(beat) + noise(0.03))),
      in_progress: times.map((_, beat) => Math.max(0, 20 * (0.5 + lost) * swing(beat) + noise(3))),
      arrived: times.map((_, beat) => Math.round(24 * swing(beat))),
    },
    strategies: [null, ...APPLICATIONS].flatMap((application) => {
      const weights = STRATEGIES.map(() => random() ** 2 + (name === 'gillis' ? 0 : 0.02));
      const sum = weights.reduce((total, weight) => total + weight, 0);
      return STRATEGIES.map((strategy, index) => ({application, strategy, share: weights[index] / sum}));
    }),
    responses: APPLICATIONS.map((application, index) => {
      const mean = 0.03 * 6 ** index * (1 + 3 * lost + noise(0.2));
      return {application, count: 480 * seeds, mean_s: mean, p95_s: mean * 2.6, late: Math.max(0, shares[3] + noise(0.03))};
    }),
  };
}

function difference(of, to, half) {
  return {diff: of - to, ci_low: of - to - half, ci_high: of - to + half};
}

function scenarioOf(name, summary, random, size) {
  const policies = POLICIES.map((policy) => policyOf(policy, random, size));
  const reference = policies.find((policy) => policy.name === REFERENCE);
  const oracle = policies[0];
  for (const policy of policies) {
    policy.decision_us.p95 = policy.decision_us.p50 * (1.5 + 3 * random());
    if (policy !== reference) {
      for (const [metric, figure] of Object.entries(policy.metrics)) {
        const base = reference.metrics[metric].mean;
        figure.vs = {reference: REFERENCE, ...difference(figure.mean, base, Math.abs(base) * 0.008)};
      }
    }
    const {diff, ci_low, ci_high} = difference(oracle.metrics.qos.mean, policy.metrics.qos.mean, policy === oracle ? 0 : 0.004);
    policy.regret = {mean: diff, ci_low, ci_high};
  }
  return {
    name, summary, cadence: 'interval', beat_s: size.beat_s, horizon_s: size.beats * size.beat_s,
    seeds: Array.from({length: size.seeds}, (_, index) => index + 1),
    hosts: [{type: 'B4ms', count: 10}, {type: 'Raspberry Pi 3B', count: 6}],
    applications: APPLICATIONS, strategies: STRATEGIES,
    weights: {energy: 0.2, cost: 0.2, response: 0.2, violation: 0.2, inaccuracy: 0.2},
    policies,
  };
}

export function sampleComparison() {
  const random = randomNumbers(7);
  return {
    format: 1, version: '0.1.0',
    command: 'scinet compare --scenario hetero-16,burst --policies all --seeds 30 --reference cosim --out results/sample',
    settings: {seeds: 30, confidence: 0.95, resamples: 10000, horizon_s: null},
    reference: REFERENCE,
    metrics: METRICS.map(([name, title, unit, better]) => ({name, title, unit, better})),
    scenarios: [
      scenarioOf('hetero-16', 'Sixteen machines of two kinds under a steady load', random, {load: 1, seeds: 30, beats: 100, beat_s: 5}),
      scenarioOf('burst', 'A flash crowd: ten times the load for two minutes', random, {load: 1.6, seeds: 30, beats: 120, beat_s: 5}),
    ],
  };
}
