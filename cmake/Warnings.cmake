# One set of warnings and sanitizers for every target of ours (interface library fusionscope_options).
add_library(fusionscope_options INTERFACE)
target_compile_options(fusionscope_options INTERFACE
  -Wall -Wextra -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -Wcast-align -Wformat=2)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # GCC 12 takes "literal" + std::string for overlapping memory, and a vector's growth for a write past its end.
  target_compile_options(fusionscope_options INTERFACE -Wno-restrict -Wno-stringop-overflow)
endif()
if(FUSIONSCOPE_WERROR)
  target_compile_options(fusionscope_options INTERFACE -Werror)
endif()
if(FUSIONSCOPE_SANITIZE)
  target_compile_options(fusionscope_options INTERFACE -fsanitize=${FUSIONSCOPE_SANITIZE} -fno-omit-frame-pointer)
  target_link_options(fusionscope_options INTERFACE -fsanitize=${FUSIONSCOPE_SANITIZE})
endif()
target_include_directories(fusionscope_options INTERFACE ${CMAKE_SOURCE_DIR})
