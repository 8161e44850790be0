// Requests that the twin and SimGrid both run, in a form that both understand: a request is sent
// from the client to a host, runs there, goes on to the next host, ..., and back to the client.
//
// SimGrid 3.32 is configured so that its models are those of the twin; comparison.cc lists each
// setting. The two coincide where
//   - a task can use at most one core: SimGrid weighs one that can use k cores k times;
//   - power is linear, or jumps with the first busy core and is linear from there, and busy cores
//     are whole numbers: SimGrid knows no other curve;
//   - all transfers have the same latency: CM02 shares links in inverse proportion to it;
//   - no flow is held back by one of its links while others could use what it leaves on the other.
#pragma once

#include <cstddef>
#include <vector>

namespace scinet {

struct ComparedHost {
  int cores = 1;
  double speed = 1e9;         // operations a second of one core
  double idle_watts = 100.0;  // with no busy core
  double low_watts = 100.0;   // the line from here, at no busy core, ...
  double full_watts = 200.0;  // ... to here, at all
  double bandwidth = 0.0;     // bytes a second in each direction; 0: no transfers
};

struct ComparedStep {
  std::size_t host = 0;
  double operations = 0.0;
  double cores = 1.0;  // at most 1
};

struct ComparedRequest {
  double arrival = 0.0;  // seconds, in order
  std::vector<ComparedStep> steps;
  // Bytes sent to each step's host, and at last to the client: one more than there are steps.
  // Between equal hosts they must be 0, and without bandwidth.
  std::vector<double> bytes;
};

struct ComparedScenario {
  std::vector<ComparedHost> hosts;
  double latency = 0.0;  // seconds, of every transfer
  std::vector<ComparedRequest> requests;
};

struct ComparedOutcome {
  std::vector<double> finishes;  // seconds, per request
  std::vector<double> joules;    // per host, from 0 to the last finish
};

// In a process of its own, since SimGrid knows one engine a process.
ComparedOutcome run_on_simgrid(const ComparedScenario& scenario);

// Power has a point for each number of busy cores. Between 0 and 1 it agrees with SimGrid only
// where idle_watts is low_watts.
ComparedOutcome run_on_twin(const ComparedScenario& scenario);

}  // namespace scinet
