#include "ui/inspect/inspection_file.h"

#include <nlohmann/json.hpp>

#include "core/engine/hash.h"
#include "core/files/error.h"
#include "core/files/json.h"
#include "core/files/mapped_file.h"
#include "core/files/zip.h"

namespace fusionscope::ui {

namespace {

using nlohmann::json;

constexpr const char* format = "fusionscope-inspection";
constexpr const char* description = "inspection.json";

json toJson(const SavedInspection& inspection) {
    const auto& options = inspection.options;
    json pictures = json::array(), places = json::array();
    for (const auto& picture : inspection.pictures)
        pictures.push_back({{"name", picture.name.toStdString()}, {"sha256", picture.file.hash().toStdString()}});
    for (const auto& place : inspection.places) places.push_back({place.x, place.y});
    return {{"format", format},
            {"version", 1},
            {"model", {{"folder", inspection.modelFolder}, {"sha256", inspection.modelHash}, {"precision", inspection.precision}}},
            {"pictures", std::move(pictures)},
            {"kind", engine::name(options.kind)},
            {"basis", engine::name(options.basis)},
            {"saved_basis", options.savedBasis ? json::parse(inspect::toJson(*options.savedBasis)) : json()},
            {"threshold", options.foregroundThreshold},
            {"centred", options.origin == inspect::Origin::Mean},
            {"channel", options.channel},
            {"clusters", options.clusters},
            {"seed", options.seed},
            {"own_prompts", inspection.extraPrompts},
            {"prompt", inspection.prompt},
            {"places", std::move(places)},
            {"map", inspection.map.toStdString()}};
}

engine::MapOptions optionsFrom(const files::Fields& fields) {
    engine::MapOptions options;
    options.kind = engine::mapKindNamed(fields.text("kind"));
    options.basis = engine::basisScopeNamed(fields.text("basis"));
    if (const auto* basis = fields.find("saved_basis"))
        options.savedBasis = std::make_shared<const inspect::PcaBasis>(inspect::pcaBasisFromJson(basis->dump(), fields.where()));
    options.foregroundThreshold = fields.number("threshold", {0, 1});
    options.origin = fields.flag("centred") ? inspect::Origin::Mean : inspect::Origin::Zero;
    options.channel = static_cast<int>(fields.integer("channel", {-1, 1 << 24}));
    options.clusters = static_cast<int>(fields.integer("clusters", {1, 64}));
    options.seed = static_cast<uint64_t>(fields.integer("seed", {0, std::numeric_limits<int64_t>::max()}));
    return options;
}

std::vector<Place> placesFrom(const files::Fields& fields) {
    std::vector<Place> places;
    const auto* list = fields.find("places");
    if (!list) return places;
    if (!list->is_array()) fields.refuse("places", "is no list");
    for (const auto& entry : *list) {
        const bool isPair = entry.is_array() && entry.size() == 2 && entry[0].is_number() && entry[1].is_number();
        const Place place = isPair ? Place{entry[0].get<double>(), entry[1].get<double>()} : Place{-1, -1};
        if (!(place.x >= 0 && place.x <= 1 && place.y >= 0 && place.y <= 1)) fields.refuse("places", "a place is not two numbers from 0 to 1");
        places.push_back(place);
    }
    return places;
}

SavedInspection::Picture pictureFrom(const files::Fields& fields, const files::ZipEntries& entries) {
    const auto hash = fields.text("sha256");
    const auto entry = entries.find("pictures/" + hash);
    if (entry == entries.end()) fields.refuse("sha256", "the picture is not in the file");
    const auto bytes = entry->second;
    if (engine::sha256(bytes) != hash) fields.refuse("sha256", "the picture was changed");
    return {PictureFile(QByteArray(reinterpret_cast<const char*>(bytes.data()), static_cast<qsizetype>(bytes.size()))),
            QString::fromStdString(fields.text("name"))};
}

}  // namespace

void writeInspection(const std::filesystem::path& file, const SavedInspection& inspection) {
    files::ZipWriter zip(file);
    const auto text = toJson(inspection).dump(1, ' ', false, json::error_handler_t::replace);
    zip.add(description, {std::as_bytes(std::span(text))});
    QString first;
    for (const auto& picture : inspection.pictures) {
        const auto hash = picture.file.hash();
        const auto bytes = picture.file.bytes();
        if (hash != first) zip.add("pictures/" + hash.toStdString(), {std::as_bytes(std::span(bytes.constData(), static_cast<size_t>(bytes.size())))});
        first = hash;
    }
    zip.finish();
}

SavedInspection readInspection(const std::filesystem::path& file) {
    const auto where = file.string();
    const auto mapped = files::MappedFile::open(file);
    const auto entries = files::readZip(*mapped);
    const auto entry = entries.find(description);
    if (entry == entries.end()) throw Error("is no saved inspection", where, "Choose a .fscope file.");
    const auto object = files::parseJson({reinterpret_cast<const char*>(entry->second.data()), entry->second.size()}, where);
    const files::Fields fields(object, where);
    if (fields.text("format") != format) fields.refuse("format", "is not that of a saved inspection");
    if (fields.integer("version") != 1) fields.refuse("version", "is of a newer program");

    SavedInspection inspection;
    const auto model = fields.object("model");
    inspection.modelFolder = model.text("folder");
    inspection.modelHash = model.text("sha256");
    inspection.precision = model.text("precision");
    const auto* pictures = fields.find("pictures");
    if (!pictures || !pictures->is_array() || pictures->empty() || pictures->size() > 2)
        fields.refuse("pictures", "is no list of one or two pictures");
    for (const auto& picture : *pictures) inspection.pictures.push_back(pictureFrom({picture, where}, entries));
    inspection.options = optionsFrom(fields);
    inspection.extraPrompts = fields.texts("own_prompts");
    for (const auto& prompt : inspection.extraPrompts)
        if (prompt.find('=') == std::string::npos || prompt.front() == '=') fields.refuse("own_prompts", "one is not NAME=TEXT");
    inspection.prompt = fields.text("prompt");
    inspection.places = placesFrom(fields);
    inspection.map = QString::fromStdString(fields.text("map"));
    return inspection;
}

}  // namespace fusionscope::ui
