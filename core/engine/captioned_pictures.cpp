#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "core/engine/variants.h"
#include "core/files/error.h"
#include "core/files/json.h"
#include "core/files/mapped_file.h"

namespace fusionscope::engine {

namespace {

namespace fs = std::filesystem;

std::vector<CaptionedPicture> readLines(const fs::path& file) {
    const auto mapped = files::MappedFile::open(file);
    const auto text = mapped->text();
    std::vector<CaptionedPicture> pictures;
    size_t line = 0;
    for (size_t begin = 0; begin < text.size();) {
        const auto end = std::min(text.find('\n', begin), text.size());
        const auto part = text.substr(begin, end - begin);
        begin = end + 1;
        const auto where = concat(file.string(), ", line ", ++line);
        if (part.find_first_not_of(" \t\r") == std::string_view::npos) continue;
        const auto json = files::parseJson(part, where);
        const files::Fields fields(json, where);
        pictures.push_back({file.parent_path() / fields.text("image"), fields.text("caption")});
    }
    return pictures;
}

/// COCO's form: {"images": [{"id", "file_name"}], "annotations": [{"image_id", "caption"}]}; the first caption of each.
std::vector<CaptionedPicture> readCoco(const nlohmann::json& json, const fs::path& file) {
    std::map<int64_t, std::string> captions;
    for (const auto& item : json.at("annotations")) {
        const files::Fields fields(item, file.string());
        captions.emplace(fields.integer("image_id"), fields.text("caption"));
    }
    std::vector<CaptionedPicture> pictures;
    for (const auto& item : json.at("images")) {
        const files::Fields fields(item, file.string());
        if (const auto caption = captions.find(fields.integer("id")); caption != captions.end())
            pictures.push_back({file.parent_path() / fields.text("file_name"), caption->second});
    }
    return pictures;
}

bool isCoco(const nlohmann::json& json) {
    const auto isList = [&](const char* key) { return json.contains(key) && json.at(key).is_array(); };
    return json.is_object() && isList("images") && isList("annotations");
}

std::string withoutEdges(std::string_view text) {
    const auto begin = text.find_first_not_of(" \t\r\n");
    if (begin == std::string_view::npos) return {};
    return std::string(text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1));
}

std::optional<CaptionedPicture> besideText(const fs::path& picture) {
    static const std::set<std::string> kinds = {".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".tif", ".tiff"};
    auto text = picture;
    text.replace_extension(".txt");
    if (!kinds.contains(picture.extension().string()) || !fs::is_regular_file(text)) return std::nullopt;
    return CaptionedPicture{picture, withoutEdges(files::MappedFile::open(text)->text())};
}

}  // namespace

std::vector<CaptionedPicture> readCaptionedPictures(const fs::path& folder) {
    if (!fs::is_directory(folder)) throw Error("is no folder", folder.string(), "Name a folder of captioned pictures.");
    if (const auto lines = folder / "captions.jsonl"; fs::is_regular_file(lines)) return readLines(lines);
    std::vector<fs::path> found;
    for (const auto& entry : fs::directory_iterator(folder)) found.push_back(entry.path());
    std::ranges::sort(found);
    std::vector<CaptionedPicture> pictures;
    for (const auto& file : found) {
        if (file.extension() == ".json") {
            const auto json = files::readJson(file, files::vocabularyLimits);
            if (isCoco(json)) return readCoco(json, file);
        }
        if (auto picture = besideText(file)) pictures.push_back(std::move(*picture));
    }
    if (pictures.empty())
        throw Error("holds no captioned pictures", folder.string(),
                    "Expected captions.jsonl, a COCO annotation file, or NAME.txt beside each picture.");
    return pictures;
}

}  // namespace fusionscope::engine
