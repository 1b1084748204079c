#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/image/processor.h"
#include "core/text/tokenizer.h"
#include "core/world/painter.h"
#include "core/world/random.h"

namespace fusionscope::train {

/// The characters that the grid's letter head knows.
inline constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789$:.%/-";

/// What a cell may show: 0 nothing, then text, shapes, other kinds of objects, nouns. There is room for some more, so
/// that a training goes on when the world has grown.
int64_t nounClasses(const world::Nouns& nouns);
inline constexpr int64_t colourClasses = static_cast<int64_t>(world::colours.size()) + 1;

/// What each cell of a grid shows, row by row; the nearest thing where there are several.
struct CellLabels {
    std::vector<int64_t> nouns, colours;  ///< classes
    std::vector<std::string> words;       ///< what the thing is called: "dog", "circle", "text"; empty for nothing
};
CellLabels cellLabels(const world::Scene& scene, const world::Nouns& nouns, int64_t side);

/// A prompt and what Florence-2 should write, in ids of its tokenizer.
struct TextTask {
    std::vector<int64_t> prompt;  ///< with start and end
    std::vector<int64_t> target;  ///< start, text, end
};

/// One picture with everything that is asked about it in the tower's stage.
struct Sample {
    std::vector<uint8_t> pixels;  ///< [side, side, 3]
    CellLabels cells;
    std::vector<int64_t> letters;  ///< places in [rows, 2, columns, 2, alphabet] that are 1
    std::vector<TextTask> tasks;
};

/// Shares of families of scenes; empty: as the world mixes them.
using FamilyShares = std::vector<std::pair<world::Family, double>>;

/// The scene with this number in a training's order, always the same.
world::Scene trainingScene(const world::Materials& materials, world::Split split, uint64_t seed, uint64_t index, const FamilyShares& shares);
/// A painted picture as a model is shown it: bytes [side, side, 3].
std::vector<uint8_t> pixelsOf(const QImage& picture, const image::Processor& processor);

/// Ids of a text in which quoted parts are spelled letter by letter: what can be read has no word pieces.
std::vector<int64_t> encodedWithSpelling(const text::Tokenizer& tokenizer, std::string_view text);

/// Makes samples for the tower from scenes. Threads may share it.
class SampleMaker {
  public:
    /// @param cells the side of the tower's last grid; @param fusionPrompts the rows that fusion pads, in order caption,
    /// OCR, grounding; @param longest tokens of a target at most; all must outlive the maker
    SampleMaker(const world::Materials& materials, const image::Processor& processor, const text::Tokenizer& tokenizer,
                std::array<std::vector<int64_t>, 3> fusionPrompts, int64_t cells, int64_t longest);

    /// @param tasks also Florence-2's tasks, not the grid alone
    Sample make(const world::Scene& scene, bool tasks) const;

  private:
    void markLetters(Sample& sample, const world::Scene& scene) const;
    void addTasks(Sample& sample, const world::Scene& scene) const;
    void add(Sample& sample, std::vector<int64_t> prompt, const std::vector<int64_t>& text) const;
    std::vector<int64_t> prompt(std::string_view task, std::string_view text = {}) const;
    std::vector<int64_t> spelled(std::string_view text) const;
    void appendLocation(std::vector<int64_t>& ids, QPointF point) const;

    const world::Materials& m_materials;
    const image::Processor& m_processor;
    const text::Tokenizer& m_tokenizer;
    world::Painter m_painter;
    std::array<std::vector<int64_t>, 3> m_fusionPrompts;
    int64_t m_cells, m_longest, m_start, m_pad, m_end, m_firstLocation;
};

}  // namespace fusionscope::train
