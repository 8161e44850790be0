#include "model/catalogue.h"

#include <cstdint>

namespace scinet {
namespace {

template <class IdType, class Entry>
std::optional<IdType> position_of(const std::vector<Entry>& entries, std::string_view name) {
  for (std::uint32_t i = 0; i < entries.size(); ++i) {
    if (entries[i].name == name) return IdType{i};
  }
  return std::nullopt;
}

}  // namespace

std::optional<HostTypeId> Catalogue::find_host_type(std::string_view name) const {
  return position_of<HostTypeId>(host_types, name);
}

std::optional<ApplicationId> Catalogue::find_application(std::string_view name) const {
  return position_of<ApplicationId>(applications, name);
}

}  // namespace scinet
