# usage: cmake -DPAGE=FOLDER -DCHART_LIBRARY=FILE -DOUTPUT=FILE -P embed_page.cmake
# Makes one HTML page of the parts in FOLDER and writes it as a C++ source, so that the program
# carries it. Only {{comparison}} is left for the program to fill in.
set(scripts figures.js looks.js elements.js labels.js charts.js tables.js drawing.js page.js)

set(script "")
foreach(name IN LISTS scripts)
  file(READ "${PAGE}/${name}" part)
  string(APPEND script "${part}")
endforeach()
file(READ "${PAGE}/style.css" style)
file(READ "${CHART_LIBRARY}" chart_library)
file(READ "${PAGE}/template.html" page)
foreach(part style chart_library script)
  string(REPLACE "{{${part}}}" "${${part}}" page "${page}")
endforeach()

set(quote "embedded_page")
string(FIND "${page}" ")${quote}\"" end)
if(NOT end EQUAL -1)
  message(FATAL_ERROR "a part of ${PAGE} holds )${quote}\", which ends the literal that the page is written as")
endif()
file(WRITE "${OUTPUT}" "// Written by web/embed_page.cmake.
#include \"report/comparison_page.h\"

namespace scinet {

std::string_view comparison_page() {
  return R\"${quote}(${page})${quote}\";
}

}  // namespace scinet
")
