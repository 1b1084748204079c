#pragma once

#include <string>
#include <vector>

#include "core/engine/control.h"
#include "core/engine/model.h"
#include "core/engine/request.h"
#include "core/inspect/feature_map.h"

/// Numbers that tell what happens when in a video.
namespace fusionscope::engine {

/// Something that is measured of each frame.
struct FrameScore {
    enum class Kind {
        Patch,     ///< cosine to a place of one frame, of the patch that is most alike
        Words,     ///< cosine to each word of a text, of the patch that is most alike (see wordAlignment())
        Agreement, ///< cosine of the frame's mean and the text's (see wordAlignment()), by block where the model fuses
        Answer     ///< log-probability of an answer to a question when this frame alone is shown
    };
    Kind kind = Kind::Words;
    std::string text;             ///< of Words, Agreement and Answer
    std::string question;         ///< of Answer
    std::string layer = {};       ///< of Words and Agreement: see wordLayers(); empty: the last one
    size_t frame = 0;             ///< of Patch: which frame
    double x = 0.5, y = 0.5;      ///< of Patch: the place in what the model sees of it, 0 to 1 from the top left
    std::string activation = {};  ///< of Patch: a map's name; empty: what the language model reads of the picture
};

/// One score over time.
struct ScoreCurve {
    std::string name;            ///< "dog", "agreement with \"a dog\", ocr", "patch at (0.5, 0.5) of frame 3"
    std::string unit;            ///< "cosine", "log-probability"
    std::vector<double> values;  ///< one a frame
    std::vector<inspect::ScalarMap> maps;  ///< one a frame, where the score has a place in the picture; else none
};

struct FrameScores {
    text::VideoTimes times;
    std::vector<ScoreCurve> curves;
};

/// Scores of frames, in the order in which they are asked for; a text gives a curve for each of its words. Frames that
/// were encoded before with the same options are not encoded again, unless `activation` names a map of the tower.
/// @throws Error when there are no frames or no scores, a frame or layer is not there, a text is empty, or the model
/// cannot tell the score; Stopped
FrameScores scoreFrames(Model& model, const VideoFrames& video, const std::vector<FrameScore>& scores,
                        const models::EncodeOptions& encoding, const Control& control = {});

/// A line for each frame: number, seconds (to the microsecond), and a column for each curve.
std::string framesCsv(const FrameScores& scores);

}  // namespace fusionscope::engine
