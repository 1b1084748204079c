#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "core/image/processor.h"
#include "core/train/lessons.h"
#include "core/train/samples.h"

namespace fusionscope::train {

/// What a picture is about.
class Subject {
  public:
    virtual ~Subject() = default;
    /// Questions with answers; another seed may give others.
    virtual std::vector<Exchange> exchanges(uint64_t seed) const = 0;
    /// What the cells of a grid show, where that is known.
    virtual std::optional<CellLabels> cells(int64_t side) const = 0;
};

/// A picture as a model is shown it.
struct Shown {
    std::shared_ptr<const Subject> subject;
    std::vector<uint8_t> pixels;  ///< [side, side, 3], as the model's processor makes it
};

/// Pictures in the order of a training, always the same for the same seed. Threads may share it.
class Album {
  public:
    virtual ~Album() = default;
    virtual Shown show(uint64_t index) const = 0;
};

/// Paints the visual world. Everything passed must outlive the album.
class PaintedAlbum : public Album {
  public:
    PaintedAlbum(const world::Materials& materials, const image::Processor& processor, world::Split split, uint64_t seed, FamilyShares families,
                 LessonMix mix);
    Shown show(uint64_t index) const override;

  private:
    const world::Materials& m_materials;
    const image::Processor& m_processor;
    world::Painter m_painter;
    world::Split m_split;
    uint64_t m_seed;
    FamilyShares m_families;
    LessonMix m_mix;
};

/// A person's own pictures: a folder with files that end in .json or .jsonl and the pictures they name.
///
/// A .jsonl file has one entry a line, a .json file is a list of entries. An entry names a picture relative to the folder
/// under `image` (or `file`) and has `conversations` as LLaVA writes them ([{"from": "human", "value": "<image>\nWhat is
/// this?"}, {"from": "gpt", "value": "A dog."}, …], or a list of such lists), a `caption`, or both. The folder that
/// `world --export` writes is of this kind.
class FolderAlbum : public Album {
  public:
    /// @throws Error naming file, line and what is wrong, or a picture that is missing
    FolderAlbum(const std::filesystem::path& folder, const image::Processor& processor, uint64_t seed, LessonMix mix);

    /// Every picture once, then all again in another order. A damaged picture is passed over.
    /// @throws Error when every one is damaged
    Shown show(uint64_t index) const override;
    std::size_t count() const { return m_entries.size(); }
    struct Entry;

  private:
    /// Places of all entries in the order of a round.
    std::shared_ptr<const std::vector<std::size_t>> orderOf(uint64_t round) const;

    const image::Processor& m_processor;
    uint64_t m_seed;
    std::vector<std::shared_ptr<const Entry>> m_entries;
    mutable std::mutex m_mutex;  // guards the last round's order
    mutable std::shared_ptr<const std::vector<std::size_t>> m_order;
    mutable uint64_t m_round = 0;
};

/// Two albums in turn: `share` of the pictures are the second one's.
class MixedAlbum : public Album {
  public:
    MixedAlbum(std::unique_ptr<Album> first, std::unique_ptr<Album> second, double share)
        : m_first(std::move(first)), m_second(std::move(second)), m_share(share) {}
    Shown show(uint64_t index) const override;

  private:
    std::unique_ptr<Album> m_first, m_second;
    double m_share;
};

}  // namespace fusionscope::train
