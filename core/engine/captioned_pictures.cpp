#include "core/engine/captioned_pictures.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <optional>
#include <set>
#include <system_error>

#include "core/files/error.h"
#include "core/files/json.h"
#include "core/files/mapped_file.h"
#include "core/files/printable.h"

namespace fusionscope::engine {

namespace {

namespace fs = std::filesystem;

constexpr size_t mostPairs = 1'000'000;
constexpr size_t mostCaptionBytes = 64 << 10;
/// Enough for the annotations of COCO's training pictures: 118,287 of them, 591,753 captions, 92 MB.
constexpr files::JsonLimits cocoLimits{std::size_t{96} << 20, 6'000'000, 16};

bool isFile(const fs::path& path) {
    std::error_code failure;
    return fs::is_regular_file(path, failure) && !failure;
}

std::string withoutEdges(std::string_view text) {
    const auto begin = text.find_first_not_of(" \t\r\n");
    if (begin == std::string_view::npos) return {};
    return std::string(text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1));
}

/// @param where file and line, for messages
void add(std::vector<CaptionedPicture>& pictures, const fs::path& folder, const std::string& name,
         std::string_view caption, const std::string& where) {
    const auto relative = fs::path(name).lexically_normal();
    if (name.empty() || relative.is_absolute() || *relative.begin() == "..")
        throw Error(concat("names the picture ", files::inQuotes(name), ", expected one below the folder"), where,
                    "Move the picture there.");
    const auto picture = folder / relative;
    if (!isFile(picture)) throw Error(concat("names the picture ", files::inQuotes(name), ", which is not there"), where);
    if (caption.size() > mostCaptionBytes)
        throw Error(concat("the caption has ", caption.size(), " bytes, expected ", mostCaptionBytes, " at most"), where);
    if (!files::isUtf8(caption)) throw Error("the caption is not UTF-8", where, "Save the file as UTF-8.");
    auto text = withoutEdges(caption);
    if (text.empty()) throw Error("the caption is empty", where);
    if (pictures.size() == mostPairs) throw Error(concat("there are more than ", mostPairs, " captioned pictures"), where);
    pictures.push_back({picture, std::move(text)});
}

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
        add(pictures, file.parent_path(), fields.text(fields.has("image") ? "image" : "file"), fields.text("caption"),
            where);
    }
    return pictures;
}

/// COCO's form: {"images": [{"id", "file_name"}], "annotations": [{"image_id", "caption"}]}; the first caption of each.
std::vector<CaptionedPicture> readCoco(const nlohmann::json& json, const fs::path& file) {
    const auto where = [&](const char* list, size_t index) { return concat(file.string(), ", ", list, "[", index, "]"); };
    std::map<int64_t, std::string> captions;
    const auto& annotations = json.at("annotations");
    for (size_t i = 0; i < annotations.size(); ++i) {
        const files::Fields fields(annotations[i], where("annotations", i));
        captions.emplace(fields.integer("image_id"), fields.text("caption"));
    }
    std::vector<CaptionedPicture> pictures;
    const auto& images = json.at("images");
    for (size_t i = 0; i < images.size(); ++i) {
        const files::Fields fields(images[i], where("images", i));
        if (const auto caption = captions.find(fields.integer("id")); caption != captions.end())
            add(pictures, file.parent_path(), fields.text("file_name"), caption->second, fields.where());
    }
    return pictures;
}

bool isCoco(const nlohmann::json& json) {
    const auto isList = [&](const char* key) { return json.contains(key) && json.at(key).is_array(); };
    return json.is_object() && isList("images") && isList("annotations");
}

bool isPicture(const fs::path& path) {
    static const std::set<std::string> kinds = {".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".tif", ".tiff"};
    auto kind = path.extension().string();
    std::ranges::transform(kind, kind.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return kinds.contains(kind);
}

/// A picture with NAME.txt beside it; pictures without one are passed over.
void addWithText(std::vector<CaptionedPicture>& pictures, const fs::path& picture) {
    auto text = picture;
    text.replace_extension(".txt");
    if (!isPicture(picture) || !isFile(text)) return;
    add(pictures, picture.parent_path(), picture.filename().string(), files::MappedFile::open(text)->text(), text.string());
}

std::vector<fs::path> filesIn(const fs::path& folder) {
    std::error_code failure;
    std::vector<fs::path> found;
    for (auto entry = fs::directory_iterator(folder, failure); !failure && entry != fs::directory_iterator();
         entry.increment(failure))
        found.push_back(entry->path());
    if (failure) throw Error("cannot be read: " + failure.message(), folder.string(), "Name a folder of captioned pictures.");
    std::ranges::sort(found);
    return found;
}

std::vector<CaptionedPicture> readAny(const fs::path& folder) {
    const auto found = filesIn(folder);
    for (const char* name : {"captions.jsonl", "pictures.jsonl"})
        if (const auto lines = folder / name; isFile(lines)) return readLines(lines);
    std::vector<CaptionedPicture> pictures;
    for (const auto& file : found) {
        if (file.extension() == ".json") {
            const auto json = files::readJson(file, cocoLimits);
            if (isCoco(json)) return readCoco(json, file);
        }
        addWithText(pictures, file);
    }
    return pictures;
}

}  // namespace

std::vector<CaptionedPicture> readCaptionedPictures(const fs::path& folder) {
    auto pictures = readAny(folder);
    if (pictures.empty())
        throw Error("holds no captioned pictures", folder.string(),
                    "Expected captions.jsonl, a COCO annotation file, or NAME.txt beside each picture.");
    return pictures;
}

}  // namespace fusionscope::engine
