#include "ui/export/atlas_files.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <span>

#include "core/files/error.h"
#include "core/files/npy.h"
#include "core/files/output_file.h"
#include "core/files/safetensors.h"
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

constexpr std::array<std::pair<const char*, AtlasFormat>, 6> formatNames = {{
    {"png", AtlasFormat::Png},
    {"svg", AtlasFormat::Svg},
    {"pdf", AtlasFormat::Pdf},
    {"npz", AtlasFormat::Npz},
    {"safetensors", AtlasFormat::Safetensors},
    {"csv", AtlasFormat::Csv},
}};

files::TensorBytes drawingOf(const engine::AtlasCell& cell) {
    const auto name = "map/" + cell.activation.name;
    if (const auto* scalar = std::get_if<inspect::ScalarMap>(&cell.drawing))
        return {{name, files::DType::F32, {scalar->rows, scalar->columns}}, std::as_bytes(std::span(scalar->values))};
    if (const auto* colours = std::get_if<inspect::ColourMap>(&cell.drawing))
        return {{name, files::DType::F32, {colours->rows, colours->columns, 3}}, std::as_bytes(std::span(colours->values))};
    const auto& labels = std::get<inspect::LabelMap>(cell.drawing);
    return {{name, files::DType::I32, {labels.rows, labels.columns}}, std::as_bytes(std::span(labels.labels))};
}

/// Each map's features and what is drawn of them, one after the other.
std::vector<files::TensorBytes> tensorsOf(const engine::Atlas& atlas) {
    std::vector<files::TensorBytes> tensors;
    for (const auto& cell : atlas.cells) {
        const auto& map = *cell.features;
        tensors.push_back({{map.name, files::DType::F32, {map.rows, map.columns, map.channels}},
                           std::as_bytes(std::span(map.data))});
        tensors.push_back(drawingOf(cell));
    }
    return tensors;
}

void writeNpz(const engine::Atlas& atlas, const fs::path& file) {
    files::NpzWriter npz(file);
    for (const auto& [header, bytes] : tensorsOf(atlas)) npz.add(header.name, header.dtype, header.shape, bytes);
    npz.finish();
}

/// The shortest text that reads back as the same number.
void append(std::string& text, float value) {
    char buffer[32];
    text.append(buffer, std::to_chars(buffer, buffer + sizeof buffer, value).ptr);
}

/// The numbers that are drawn of one patch, with a comma before each.
void appendDrawn(std::string& line, const engine::Drawing& drawing, size_t patch) {
    if (const auto* colours = std::get_if<inspect::ColourMap>(&drawing)) {
        for (size_t c = 0; c < 3; ++c) {
            line += ',';
            append(line, colours->values[3 * patch + c]);
        }
    } else if (const auto* scalar = std::get_if<inspect::ScalarMap>(&drawing)) {
        line += ',';
        append(line, scalar->values[patch]);
    } else {
        line += concat(',', std::get<inspect::LabelMap>(drawing).labels[patch]);
    }
}

std::string csvOf(const engine::Atlas& atlas) {
    const auto& first = atlas.cells.front().drawing;
    std::string text = "activation,patch_row,patch_column,";
    text += std::holds_alternative<inspect::ColourMap>(first)   ? "red,green,blue"
            : std::holds_alternative<inspect::ScalarMap>(first) ? "value"
                                                                : "cluster";
    text += '\n';
    for (const auto& cell : atlas.cells) {
        for (int patch = 0; patch < cell.features->patches(); ++patch) {
            text += concat(cell.activation.name, ',', patch / cell.features->columns, ',', patch % cell.features->columns);
            appendDrawn(text, cell.drawing, static_cast<size_t>(patch));
            text += '\n';
        }
    }
    return text;
}

void writeText(const std::string& text, const fs::path& path) {
    files::OutputFile file(path);
    file.append(std::as_bytes(std::span(text)));
    file.commit();
}

}  // namespace

const char* name(AtlasFormat format) {
    return std::ranges::find(formatNames, format, &std::pair<const char*, AtlasFormat>::second)->first;
}

std::string namesOf(const std::vector<AtlasFormat>& formats) {
    std::string text;
    for (const auto format : formats) text += concat(text.empty() ? "" : ",", name(format));
    return text;
}

std::vector<AtlasFormat> formatsNamed(const std::string& commaSeparated) {
    std::vector<AtlasFormat> formats;
    for (size_t begin = 0; begin <= commaSeparated.size();) {
        const size_t end = std::min(commaSeparated.find(',', begin), commaSeparated.size());
        const auto text = commaSeparated.substr(begin, end - begin);
        const auto known = std::ranges::find(formatNames, text, [](const auto& row) { return std::string(row.first); });
        if (known == formatNames.end() || std::ranges::find(formats, known->second) != formats.end())
            throw Error(concat("\"", text, "\" is no format of an atlas, or is named twice"), {},
                        "Known: png, svg, pdf, npz, safetensors, csv.");
        formats.push_back(known->second);
        begin = end + 1;
    }
    return formats;
}

std::vector<std::pair<std::string, std::string>> writeAtlas(const engine::Atlas& atlas,
                                                            const engine::Provenance& provenance,
                                                            const std::vector<image::ProcessedPicture>& seen, const fs::path& folder,
                                                            const AtlasFileOptions& options, const engine::FrameScores& scores) {
    makeFolder(folder);
    std::vector<std::pair<std::string, std::string>> written;
    const auto place = [&](const char* ending) {
        written.emplace_back(ending, options.name + "." + ending);
        return folder / written.back().second;
    };
    const auto rendering = plot::renderAtlas(pageOf(atlas, provenance, seen, scores), options.theme);
    for (const auto format : options.formats) {
        const auto file = place(name(format));
        const auto fileName = QString::fromStdString(file.string());
        switch (format) {
            case AtlasFormat::Png: plot::writePng(rendering, fileName, options.scale); break;
            case AtlasFormat::Svg: plot::writeSvg(rendering, fileName); break;
            case AtlasFormat::Pdf: plot::writePdf(rendering, fileName); break;
            case AtlasFormat::Npz: writeNpz(atlas, file); break;
            case AtlasFormat::Safetensors: files::writeSafetensors(file, tensorsOf(atlas)); break;
            case AtlasFormat::Csv: writeText(csvOf(atlas), file); break;
        }
    }
    const auto json = place("json");
    writeText(engine::sidecar(atlas, provenance, written), json);
    return written;
}

}  // namespace fusionscope::exporting
