#include "ui/export/atlas_files.h"

#include <span>

#include "core/files/error.h"
#include "core/files/npy.h"
#include "core/files/output_file.h"
#include "ui/export/page_of_atlas.h"
#include "ui/plot/atlas_rendering.h"

namespace fusionscope::exporting {

namespace {

namespace fs = std::filesystem;

void makeFolder(const fs::path& folder) {
    std::error_code error;
    fs::create_directories(folder, error);
    if (error) throw Error("cannot be made (" + error.message() + ")", folder.string(), "Choose another folder.");
}

void addDrawing(files::NpzWriter& npz, const engine::AtlasCell& cell) {
    const auto name = "map/" + cell.activation.name;
    if (const auto* scalar = std::get_if<inspect::ScalarMap>(&cell.drawing)) {
        npz.add(name, {scalar->rows, scalar->columns}, scalar->values);
    } else if (const auto* colours = std::get_if<inspect::ColourMap>(&cell.drawing)) {
        npz.add(name, {colours->rows, colours->columns, 3}, colours->values);
    } else {
        const auto& labels = std::get<inspect::LabelMap>(cell.drawing);
        npz.add(name, files::DType::I32, {labels.rows, labels.columns}, std::as_bytes(std::span(labels.labels)));
    }
}

void writeNumbers(const engine::Atlas& atlas, const fs::path& file) {
    files::NpzWriter npz(file);
    for (const auto& cell : atlas.cells) {
        const auto& map = *cell.features;
        npz.add(map.name, {map.rows, map.columns, map.channels}, map.data);
        addDrawing(npz, cell);
    }
    npz.finish();
}

void writeText(const std::string& text, const fs::path& path) {
    files::OutputFile file(path);
    file.append(std::as_bytes(std::span(text)));
    file.commit();
}

}  // namespace

std::vector<std::pair<std::string, std::string>> writeAtlas(const engine::Atlas& atlas,
                                                            const engine::Provenance& provenance,
                                                            const image::ProcessedPicture& seen, const fs::path& folder,
                                                            const AtlasFileOptions& options) {
    makeFolder(folder);
    std::vector<std::pair<std::string, std::string>> written;
    const auto place = [&](const char* ending) {
        written.emplace_back(ending, options.name + "." + ending);
        return folder / written.back().second;
    };
    const auto rendering = plot::renderAtlas(pageOf(atlas, provenance, seen), options.theme);
    plot::writePng(rendering, QString::fromStdString(place("png").string()), options.scale);
    plot::writeSvg(rendering, QString::fromStdString(place("svg").string()));
    plot::writePdf(rendering, QString::fromStdString(place("pdf").string()));
    writeNumbers(atlas, place("npz"));
    const auto json = place("json");
    writeText(engine::sidecar(atlas, provenance, written), json);
    return written;
}

}  // namespace fusionscope::exporting
