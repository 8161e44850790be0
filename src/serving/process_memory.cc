#include "serving/process_memory.h"

#include <sys/sysinfo.h>
#include <unistd.h>

#include <fstream>
#include <string>

namespace scinet {

Bytes resident_memory() {
  std::ifstream stream("/proc/self/statm");
  double total_pages = 0.0;
  double resident_pages = 0.0;
  stream >> total_pages >> resident_pages;
  return Bytes(resident_pages * static_cast<double>(sysconf(_SC_PAGESIZE)));
}

Bytes peak_memory() {
  std::ifstream stream("/proc/self/status");
  for (std::string word; stream >> word;) {
    if (word != "VmHWM:") continue;
    double kibibytes = 0.0;
    stream >> kibibytes;
    return Bytes(kibibytes * 1024.0);
  }
  return resident_memory();
}

void reset_peak_memory() { std::ofstream("/proc/self/clear_refs") << "5"; }

Bytes machine_memory() {
  struct sysinfo info {};
  sysinfo(&info);
  return Bytes(static_cast<double>(info.totalram) * info.mem_unit);
}

}  // namespace scinet
