// Everything that does not change during a run: the machines that exist and the applications
// that they can serve. Ids are positions in these vectors.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "model/application.h"
#include "model/host_type.h"

namespace scinet {

struct Catalogue {
  std::vector<HostType> host_types;
  std::vector<Application> applications;

  const HostType& at(HostTypeId id) const { return host_types[id.value]; }
  const Application& at(ApplicationId id) const { return applications[id.value]; }
  const Strategy& at(ApplicationId application, StrategyId strategy) const {
    return at(application).strategies[strategy.value];
  }
  const Fragment& at(const ModelId& model) const {
    return at(model.application, model.strategy).fragments[model.fragment.value];
  }

  std::optional<HostTypeId> find_host_type(std::string_view name) const;
  std::optional<ApplicationId> find_application(std::string_view name) const;

  friend bool operator==(const Catalogue&, const Catalogue&) = default;
};

}  // namespace scinet
