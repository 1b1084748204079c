#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace fusionscope::engine {

/// A picture and a sentence that describes it.
struct CaptionedPicture {
    std::filesystem::path picture;
    std::string caption;
};

/// Reads a folder of captioned pictures: captions.jsonl ({"image": …, "caption": …} a line), or pictures.jsonl, as
/// `world --export` writes it ({"file": …, "caption": …} and more); or a COCO annotation JSON (the first caption of
/// each picture), or NAME.txt beside each NAME.png, .jpg, … Every picture is a file below the folder and every caption
/// is UTF-8 with something in it.
/// @throws Error naming file and line
std::vector<CaptionedPicture> readCaptionedPictures(const std::filesystem::path& folder);

}  // namespace fusionscope::engine
