#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "app/cli/video_frames.h"
#include "core/engine/atlas.h"
#include "core/engine/frame_scores.h"
#include "core/engine/model.h"
#include "ui/export/atlas_files.h"

namespace fusionscope::cli {

/// An atlas that is to be made of one picture or one video.
struct AtlasRun {
    std::string picture;                      ///< file, or the video's
    std::string prompt;                       ///< with one, the language model's layers are among the maps
    std::vector<std::string> rows, columns;   ///< patterns; empty: all
    engine::MapOptions map;                   ///< its selection is filled in from `places`
    /// Selected places, in the original picture's pixels: left, top, right, bottom; a point has no extent.
    std::vector<std::array<double, 4>> places;
    models::EncodeOptions encoding;
    std::vector<std::string> extraPrompts;    ///< "NAME=TEXT", as the person wrote them
    bool pillow13Order = false;
    std::string command;                      ///< that repeats it
    std::filesystem::path out;
    exporting::AtlasFileOptions files;
};

/// What of a video an atlas shows beside its maps.
struct VideoRun {
    FrameChoice frames;
    int frame = 0;                    ///< in which the places are selected
    std::vector<std::string> scores;  ///< see scoreNamed()
};

/// What --score asks for: "word=TEXT", "agreement=TEXT", "answer=TEXT", "patch=FRAME,X,Y" (in that frame's pixels; they are
/// left in x and y). @throws Error
engine::FrameScore scoreNamed(const std::string& text);

/// Runs the tower (and, with a prompt, the language model), draws the maps and writes the files of exporting::writeAtlas.
std::vector<std::pair<std::string, std::string>> writeAtlas(engine::Model& model, AtlasRun run,
                                                            const engine::Control& control);

struct WrittenVideo {
    std::vector<std::pair<std::string, std::string>> files;  ///< kind and name; "scores" is NAME-scores.csv
    engine::FrameScores scores;                              ///< no curves when none was asked for
};
/// The same of a video: frames above their maps, times from left to right, and the scores.
WrittenVideo writeVideoAtlas(engine::Model& model, AtlasRun run, const VideoRun& video, const engine::Control& control);

}  // namespace fusionscope::cli
