# OpenCV's video part alone: its package file would demand all of OpenCV, with hundreds of packages behind it.
find_path(OPENCV_INCLUDE opencv2/videoio.hpp PATH_SUFFIXES opencv4 REQUIRED)
find_library(OPENCV_CORE opencv_core REQUIRED)
find_library(OPENCV_VIDEOIO opencv_videoio REQUIRED)
add_library(opencv_video INTERFACE IMPORTED GLOBAL)
target_include_directories(opencv_video INTERFACE ${OPENCV_INCLUDE})
target_link_libraries(opencv_video INTERFACE ${OPENCV_VIDEOIO} ${OPENCV_CORE})
