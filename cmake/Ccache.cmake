# Compile through ccache when it is there. The precompiled header needs the sloppiness named here.
find_program(FUSIONSCOPE_CCACHE ccache)
if(FUSIONSCOPE_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER
      ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
      CCACHE_NOHASHDIR=1 CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} ${FUSIONSCOPE_CCACHE})
endif()
