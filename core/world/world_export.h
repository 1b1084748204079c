#pragma once

#include <QImage>
#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>

#include "core/world/painter.h"

namespace fusionscope::world {

/// Which pictures to make.
struct Batch {
    Split split = Split::Train;
    uint64_t seed = 1;
    int count = 0;
    std::optional<Family> family;
};

/// Everything that is known about a picture: captions, objects with COCO-style boxes [left, top, width, height], text
/// with its corners, phrases of the caption with boxes, conversations in LLaVA's form.
nlohmann::json labelsOf(const Scene& scene, const Materials& materials, const std::string& file);

/// Pictures side by side with their boxes and brief captions.
QImage contactSheet(const Materials& materials, const Batch& batch);

/// Writes DIR/images/NNNNNN.png and DIR/pictures.jsonl, a line of labels for each picture in order.
/// @param folder is made; must not exist or be empty
/// @param progress is called after each picture with how many are done; may throw to stop
/// @throws Error when the folder holds something or the disk is full
void exportPictures(const Materials& materials, const Batch& batch, const std::filesystem::path& folder,
                    const std::function<void(int)>& progress);

}  // namespace fusionscope::world
