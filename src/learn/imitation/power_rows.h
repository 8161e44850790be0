// The rows of power questions: what becomes of the cluster's capacity if hosts are switched.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "learn/imitation/features.h"

namespace scinet {

// Dozens of questions in a row differ by one switched host, and most hosts are of few types: so
// what stays the same is worked out once.
class PowerRows {
 public:
  // Borrows both. The load must not change meanwhile.
  PowerRows(const ClusterLoad& load, const ClusterFigures& figures);

  void begin(const OpenCapacity& now);  // a question
  // Rows of kAnswerColumns[Head::kPower] numbers: of the answer to stop here, and of switching as
  // many hosts that look like this one, which gains the waiting workloads so much.
  void write_stop(std::span<float> row);
  void write_switch(std::span<float> row, const HostLoad& host, int count, double gain);

 private:
  // What follows from how much capacity there is, whichever hosts it is.
  struct Service {
    double arriving = 0.0;
    double due = 0.0;
    double share = 0.0;
    double wait = 0.0;
    // Of a mean request to come, by its response and accuracy: if arrivals went on so for ever,
    // within the window, and within the window by the hosts that have time for it.
    double loss = 0.0;
    double window_loss = 0.0;
    double spare_wait = 0.0;
    double spare_loss = 0.0;
  };
  // Of a host, whatever else is switched.
  struct Fixed {
    double ready = 0.0;
    double prepaid = 0.0;
    double tasks = 0.0;
  };
  // The hosts that a row is about, if any.
  struct Switch {
    bool turns_on = false;
    bool turns_off = false;
    double gain = 0.0;     // of the waiting workloads, in units of what a request is worth
    double cost = 0.0;     // of the hosts, in QoS
    double in_time = 1.0;  // share of the window in which it tells
    double speed = 0.0;    // MIPS
    Fixed fixed = {};
  };

  Service service_of(const OpenCapacity& open) const;
  const Fixed& fixed_of(const HostLoad& host, bool turns_on);
  double delay_by_backlog(const OpenCapacity& open) const;
  double cost_of(const HostLoad& host, bool turns_on) const;
  double backlog_in(const OpenCapacity& open) const;
  void write(std::span<float> row, const OpenCapacity& then, const Service& after,
             const Switch& change) const;

  const ClusterLoad* load_;
  const ClusterFigures* figures_;
  double of_usual_;                          // so many times kUsualHosts are shown
  std::vector<std::optional<Fixed>> fixed_;  // of each host
  // Of the question.
  OpenCapacity now_;
  double backlog_ = 0.0;  // in seconds of the open hosts, and the rest in hosts, as in a row
  double switched_on_ = 0.0;
  double switched_off_ = 0.0;
  double open_ = 0.0;
  Service before_;
  OpenCapacity last_open_;  // of the row before
  Service last_;            // after it: in most rows the next one's too
};

}  // namespace scinet
