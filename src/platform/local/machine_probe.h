// How fast the machine is while a run goes on. Others use it too (their caches, its clock, the
// other thread of a core), so the same work takes up to a sixth more or less CPU time from one run
// to the next. Now and then one request is answered in this process, of each application always the
// same, and its CPU time is noted; who calibrates or replays the run can then allow for it.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "model/catalogue.h"
#include "platform/local/load_generator.h"
#include "report/probe_time.h"
#include "serving/application_set.h"

namespace scinet {

class MachineProbe {
 public:
  // The first input of each application by its first strategy, of those that take at least so
  // long: others tell nothing but how exact the clock is. Each is answered here, so that no probe
  // loads a model. `applications` is borrowed.
  MachineProbe(const Catalogue& catalogue, ApplicationSet& applications,
               const std::vector<std::vector<LoadInput>>& inputs, Seconds least = Seconds(0.002));

  // Answers the next of them in turn. None where there is nothing that takes long enough.
  std::optional<ProbeTime> measure(SimTime now);

 private:
  struct Request {
    std::string application;
    std::string strategy;
    std::string name;
    std::string bytes;
  };
  Seconds answer(const Request& request);

  ApplicationSet& applications_;
  std::vector<Request> requests_;
  std::size_t next_ = 0;
};

}  // namespace scinet
