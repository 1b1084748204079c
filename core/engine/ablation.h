#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/engine/control.h"
#include "core/engine/model.h"
#include "core/engine/words.h"
#include "core/fusion/fusion_options.h"
#include "core/image/transform.h"

/// What a model loses when a part of a picture's features is switched off before they are fused. For Florence-VL.
namespace fusionscope::engine {

/// What stands for the values that are switched off.
enum class AblationFill {
    Zero,
    Mean,         ///< the mean vector of the map's patches
    OtherPicture  ///< the same place of another picture's features
};
/// "zero", "mean", "picture", and back. @throws Error listing them
const char* name(AblationFill fill);
AblationFill ablationFillNamed(const std::string& text);

/// Which values of a picture's features are switched off: those that lie in one of the blocks, one of the patches and
/// one of the channels at once. What is left empty does not narrow; when everything is empty, nothing is switched off.
struct Ablation {
    std::vector<fusion::Block> blocks;          ///< V and prompts; empty: all of them
    std::vector<int> patches;                   ///< of the patch grid, row by row; empty, as `regions`: the whole picture
    std::vector<image::Box> regions;            ///< in the picture's pixels; add the patches whose centre they hold
    std::optional<std::pair<int, int>> channels;  ///< first and last channel of each block; none: all
    AblationFill fill = AblationFill::Zero;
    PictureHandle other;                        ///< for OtherPicture

    /// Switches nothing off.
    bool empty() const { return blocks.empty() && patches.empty() && regions.empty() && !channels; }
};

/// What is switched off, for a person: "ocr", "V, caption, ocr · 12 patches · channels 0–63", "nothing".
std::string describe(const Ablation& ablation);

/// A conversation that was answered with nothing switched off, and what comparing with it takes. Plain values: it may
/// be kept, copied and given to another thread, and is good for as long as the same checkpoint is loaded.
struct AblationBaseline {
    ChatRequest request;
    size_t picture = 0;                      ///< the one of the request's pictures whose features are switched off
    Answer answer;
    std::vector<WordSpan> words;             ///< of the answer's tokens; the end token is a word without text
    std::vector<double> logProbabilities;    ///< natural, of each of the answer's tokens after all before it
    double logProbability = 0;               ///< their sum
    std::vector<fusion::Block> blocks;       ///< what this model fuses, in its order
    int gridRows = 0, gridColumns = 0;       ///< patches of the picture
    image::PictureTransform view;            ///< how the patch grid lies over the picture
    int channels = 0;                        ///< of each block
    std::vector<float> states;               ///< [tokens, hidden]: what each of the answer's tokens was predicted from
};

/// A word of a text, compared with another text.
struct WordChange {
    enum class Kind { Same, Removed, Added };  ///< Removed: only in the original; Added: only in the new answer
    std::string text;
    Kind kind = Kind::Same;
};

/// What became of the answer.
struct AblationResult {
    Ablation ablation;
    std::string name;                      ///< describe(ablation)
    Answer answer;                         ///< generated anew
    std::vector<WordChange> changes;       ///< both answers' words, in reading order
    std::vector<double> logProbabilities;  ///< of the original answer's tokens (teacher forcing)
    std::vector<double> wordChanges;       ///< for each of the baseline's words: change of its log-probability
    std::vector<double> divergences;       ///< for each token: KL(original ‖ ablated) of what might have come, in nats
    double logProbability = 0;             ///< of the original answer
    double change = 0;                     ///< of that against the baseline: negative when the part was needed
    double meanDivergence = 0;             ///< per token
    double firstDivergence = 0;            ///< at the first token where the answers differ; 0 when they are equal
    bool sameAnswer = false;               ///< to the last token
};

/// Answers a conversation with nothing switched off. The tower runs only if the picture is not among those it has seen.
/// @throws Error when the model has no depth-breadth fusion or the request has no such picture; Stopped
AblationBaseline ablationBaseline(Model& model, const ChatRequest& request, size_t picture = 0,
                                  const ChatCallbacks& callbacks = {}, const Control& control = {});

/// Answers again with a part switched off. The tower does not run (once for another picture it has not seen). Switching
/// nothing off gives the baseline's numbers to the bit.
/// @throws Error when a patch, region or channel lies outside, or the other picture is missing; Stopped
AblationResult ablate(Model& model, const AblationBaseline& baseline, const Ablation& ablation,
                      const ChatCallbacks& callbacks = {}, const Control& control = {});

/// The ablations of a sweep: each block off, each alone (all others off), all off; each within the patches, regions and
/// channels, and with the fill, of `within` (whose blocks do not matter).
std::vector<Ablation> sweepOf(const AblationBaseline& baseline, const Ablation& within = {});

/// The words of two texts side by side; as few as can be are removed and added.
std::vector<WordChange> compareWords(const std::string& original, const std::string& changed);

/// Baseline and results as JSON (with the provenance of `command` and the model's hash), and the table as CSV: one row
/// for each result. What the window exports and `ablate` prints.
std::string ablationJson(const AblationBaseline& baseline, const std::vector<AblationResult>& results,
                         const ModelSummary& model, const std::string& modelHash, const std::string& command);
std::string ablationCsv(const AblationBaseline& baseline, const std::vector<AblationResult>& results);

}  // namespace fusionscope::engine
