# LibTorch from the `torch` wheel as the imported target `libtorch`.
#
# The wheel's own package file demands the CUDA toolkit when the wheel is a CUDA build; linking needs only the
# libraries and two include folders. FUSIONSCOPE_TORCH names the wheel's `torch` folder.
set(FUSIONSCOPE_TORCH_VERSION 2.13.0)
set(FUSIONSCOPE_TORCH "$ENV{FUSIONSCOPE_TORCH}" CACHE PATH "The `torch` folder of an unpacked torch wheel")
if(NOT FUSIONSCOPE_TORCH)
  set(_cache "$ENV{FUSIONSCOPE_CACHE}")
  if(NOT _cache AND NOT "$ENV{XDG_CACHE_HOME}" STREQUAL "")
    set(_cache "$ENV{XDG_CACHE_HOME}/fusionscope")
  elseif(NOT _cache)
    set(_cache "$ENV{HOME}/.cache/fusionscope")
  endif()
  # Where installer/deps unpacks it.
  set(FUSIONSCOPE_TORCH ${_cache}/torch-${FUSIONSCOPE_TORCH_VERSION}/torch
      CACHE PATH "The `torch` folder of an unpacked torch wheel" FORCE)
endif()
if(NOT EXISTS "${FUSIONSCOPE_TORCH}/lib/libtorch_cpu.so")
  message(FATAL_ERROR "LibTorch not found at '${FUSIONSCOPE_TORCH}'. Run installer/deps, or set FUSIONSCOPE_TORCH "
                      "to the torch folder of an unpacked wheel.")
endif()

add_library(libtorch INTERFACE IMPORTED GLOBAL)
target_include_directories(libtorch SYSTEM INTERFACE
  ${FUSIONSCOPE_TORCH}/include ${FUSIONSCOPE_TORCH}/include/torch/csrc/api/include)
target_link_libraries(libtorch INTERFACE ${FUSIONSCOPE_TORCH}/lib/libtorch_cpu.so ${FUSIONSCOPE_TORCH}/lib/libc10.so)
target_link_options(libtorch INTERFACE -Wl,-rpath,${FUSIONSCOPE_TORCH}/lib)
# at::parallel_for is a template: where it is compiled without OpenMP it runs on one thread. The library of threads must be
# the wheel's own, or there would be two teams.
file(GLOB _openmp ${FUSIONSCOPE_TORCH}/lib/libgomp*.so* ${FUSIONSCOPE_TORCH}/../torch.libs/libgomp*.so*)
if(_openmp)
  list(GET _openmp 0 _openmp)
  target_compile_options(libtorch INTERFACE -fopenmp)
  target_link_libraries(libtorch INTERFACE ${_openmp})
endif()
if(EXISTS ${FUSIONSCOPE_TORCH}/lib/libtorch_cuda.so)
  # CUDA libraries register themselves when loaded; nothing refers to them, so the linker must keep them.
  target_link_libraries(libtorch INTERFACE
    -Wl,--no-as-needed ${FUSIONSCOPE_TORCH}/lib/libtorch_cuda.so ${FUSIONSCOPE_TORCH}/lib/libc10_cuda.so -Wl,--as-needed)
  target_link_options(libtorch INTERFACE -Wl,--allow-shlib-undefined)
endif()
