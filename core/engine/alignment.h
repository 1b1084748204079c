#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/engine/captioned_pictures.h"
#include "core/engine/control.h"
#include "core/engine/model.h"
#include "core/engine/words.h"
#include "core/fusion/fusion_options.h"
#include "core/inspect/feature_map.h"

/// How well a model's picture features agree with text (Chen et al. 2024, arXiv 2412.04424, section 4), of a Florence-VL
/// each part of them: the loss of a trained projection, and two scores that need no training.
namespace fusionscope::engine {

/// Blocks of the fused feature that are judged together.
struct AlignmentPart {
    std::string name;                   ///< "all", "without ocr", "ocr alone"
    std::vector<fusion::Block> blocks;
};
/// All features, each block left out, each block alone: nine parts for four blocks. Of a model that joins none, "image":
/// the whole picture's patches as they leave the vision tower.
std::vector<AlignmentPart> alignmentParts(const std::vector<fusion::Block>& order);
/// Those whose name fits any of the patterns ("all", "without*", "* alone", "ocr*"); no pattern: all of them.
/// @throws Error listing the names when a pattern fits none
std::vector<AlignmentPart> chooseParts(const std::vector<AlignmentPart>& parts, const std::vector<std::string>& patterns);

/// How the projection is trained. What the paper does not state is a choice here; the defaults follow it where it does.
struct AlignmentOptions {
    std::vector<std::string> parts;    ///< patterns, see chooseParts(); empty: all nine
    int steps = 400;                   ///< of each training, 1 to 1,000,000
    int batch = 32;                    ///< pairs of one step, at least 2; at most the pairs there are to train on
    int seeds = 3;                     ///< trainings of each part, 1 to 100
    uint64_t firstSeed = 1;            ///< decides on the projection's beginning and the order of pairs
    int depth = 1;                     ///< linear layers of the projection, 1 or 2 (with GELU between, on every token)
    double temperature = 1;            ///< divides the cosines; 1: as in the paper, which has none
    double learningRate = 1e-3;        ///< of Adam
    double heldOutShare = 0.25;        ///< pairs never trained on, 0 to 0.9; the same ones for every seed and part
    int every = 10;                    ///< steps between two points of a curve
    int neighbours = 10;               ///< of the mutual k-nearest-neighbour score; fewer when there are few pairs
    size_t most = 0;                   ///< pairs to use, from the first on; 0: all
    models::EncodeOptions encoding;    ///< start from Model::encodeOptions()
};

/// Losses over steps: one list for each seed that has begun, all of them as long as their training has come.
struct AlignmentCurve {
    std::vector<std::vector<double>> losses;   ///< [seed][point]: mean over the steps since the point before
    std::vector<std::vector<double>> heldOut;  ///< [seed][point]: of the pairs never trained on; empty without them

    /// The band over seeds at one point: mean, and standard deviation (0 for a single seed).
    struct Band {
        double mean = 0, deviation = 0;
    };
};
/// One band for each point that every list has. @param lists AlignmentCurve::losses or heldOut
std::vector<AlignmentCurve::Band> bandOver(const std::vector<std::vector<double>>& lists);

/// What was found of one part.
struct AlignmentScores {
    AlignmentPart part;
    AlignmentCurve curve;
    AlignmentCurve::Band loss, heldOutLoss;  ///< over the seeds that are done, at their last point
    int seedsDone = 0;
    double cka = 0;               ///< linear CKA with the captions' states, 0 to 1
    double debiasedCka = 0;       ///< the same without the bias of few pairs; at most 1, 0 means unrelated
    double mutualNeighbours = 0;  ///< share of common nearest neighbours, 0 to 1
    bool scored = false;          ///< the three above are there
};

struct AlignmentPair {
    CaptionedPicture source;
    bool heldOut = false;
    /// [part]: cosine of the projected picture and its caption, mean over the seeds that are done: the bar per prompt.
    std::vector<double> cosines;
};

/// What is known so far; complete when `finished`.
struct AlignmentResults {
    AlignmentOptions options;
    std::filesystem::path folder;
    std::vector<AlignmentPair> pairs;
    std::vector<int> steps;              ///< of the curves' points
    std::vector<AlignmentScores> parts;  ///< in the order of training
    int trainingBatch = 0;               ///< pairs that each loss chooses among
    int heldOutBatch = 0;
    int neighbours = 0;                  ///< as used
    double chance = 0;                   ///< the loss of a projection that knows nothing: ln trainingBatch
    double heldOutChance = 0;
    bool finished = false;
};

/// Whether a model tells how well pictures and texts agree: it reads both. A Florence-2 alone writes but reads no texts.
bool comparesTexts(const ModelSummary& summary);

/// A run over a folder of pairs that can be stopped and continued: pause it by stopping, resume it by calling advance()
/// again, save it at any time. One thread at a time; results() are values of their own.
class AlignmentStudy {
  public:
    /// Reads the folder's list. @throws Error when an option is out of range or the folder is refused
    AlignmentStudy(const std::filesystem::path& folder, AlignmentOptions options);
    ~AlignmentStudy();
    AlignmentStudy(const AlignmentStudy&) = delete;
    AlignmentStudy& operator=(const AlignmentStudy&) = delete;

    /// Told when a curve has grown or a score has come; in the thread of the call.
    using OnResults = std::function<void(std::shared_ptr<const AlignmentResults>)>;
    /// Goes on to the end. When it throws Stopped, everything up to the last picture, caption or training step is kept.
    /// @param model the same checkpoint at every call. @throws Error when it reads pictures or texts not at all, or a
    /// picture cannot be read; Stopped
    void advance(Model& model, const Control& control = {}, const OnResults& onResults = {});

    bool finished() const;
    std::shared_ptr<const AlignmentResults> results() const;
    /// Writes alignment.json (everything but features), alignment.csv (the curves, a row for each point and seed) and
    /// alignment.npz (picture features by block, caption features, curves). @return the files by kind
    std::vector<std::pair<std::string, std::filesystem::path>> save(const std::filesystem::path& folder,
                                                                    const ModelSummary& model,
                                                                    const std::string& modelHash,
                                                                    const std::string& command) const;

  private:
    struct State;
    std::unique_ptr<State> m_state;
};

/// The JSON that AlignmentStudy::save() writes.
std::string alignmentJson(const AlignmentResults& results, const ModelSummary& model, const std::string& modelHash,
                          const std::string& command);

/// Where in a picture a word's meaning lies.
struct WordHeat {
    WordSpan word;
    /// Of each place of what the language model reads and the word's state; of the tiles where the picture was cut.
    inspect::ScalarMap cosines;
};

/// One picture and one text.
struct WordAlignment {
    std::string layer;                   ///< whose states the words are given by
    std::vector<WordHeat> words;
    std::vector<std::string> bars;       ///< names of the fused blocks; else "image", and "tiles" where it was cut
    /// [bar]: cosine of the picture's mean projected token (of fused blocks with all others replaced by their mean) and
    /// the mean state of the text's words.
    std::vector<double> agreement;
};

/// The layers that wordAlignment() can take: "embed", "layer0", …, "norm"; of a SigLIP "pooled" alone.
std::vector<std::string> wordLayers(const Model& model);

/// Compares what the language model is given of a picture with what it makes of a text that it reads without the picture.
/// A word's state is that of its last token. In a SigLIP a word is a text of its own, and a patch what the pooling head
/// makes of it alone. @param layer see wordLayers(); empty: the last one
/// @throws Error for an unknown layer, an empty text or a model without pictures or words; Stopped
WordAlignment wordAlignment(Model& model, const PictureHandle& picture, const std::string& text,
                            const std::string& layer, const models::EncodeOptions& encoding,
                            const Control& control = {});

}  // namespace fusionscope::engine
