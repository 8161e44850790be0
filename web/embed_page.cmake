# usage: cmake -DNAME=NAME -DFRAME=FILE -DBODY=FILE -DSCRIPTS=FILE,FILE -DSTYLE=FILE -DCHART_LIBRARY=FILE -DOUTPUT=FILE -P embed_page.cmake
# Makes one HTML page of the parts, which the frame holds together, and writes it as a C++ source, the function NAME_page(), so that the
# program carries it. Only {{document}} is left for the program to fill in.
string(REPLACE "," ";" scripts "${SCRIPTS}")
set(script "")
foreach(file IN LISTS scripts)
  file(READ "${file}" part)
  string(APPEND script "${part}")
endforeach()
file(READ "${STYLE}" style)
file(READ "${CHART_LIBRARY}" chart_library)
file(READ "${BODY}" body)
set(name "${NAME}")
file(READ "${FRAME}" page)
foreach(part name body style chart_library script)
  string(REPLACE "{{${part}}}" "${${part}}" page "${page}")
endforeach()

set(quote "embedded_page")
string(FIND "${page}" ")${quote}\"" end)
if(NOT end EQUAL -1)
  message(FATAL_ERROR "a part of the ${NAME} page holds )${quote}\", which ends the literal that the page is written as")
endif()
file(WRITE "${OUTPUT}" "// Written by web/embed_page.cmake.
#include \"report/pages.h\"

namespace scinet {

std::string_view ${NAME}_page() {
  return R\"${quote}(${page})${quote}\";
}

}  // namespace scinet
")
