#include <nlohmann/json.hpp>

#include "app/cli/atlas_run.h"
#include "app/cli/command.h"
#include "app/cli/model_options.h"
#include "app/cli/number_list.h"
#include "core/files/error.h"
#include "core/files/mapped_file.h"

namespace fusionscope::cli {

namespace {

struct Options {
    ModelOptions model;
    EncodingOptions encoding;
    AtlasRun run;
    VideoRun video;
    std::string videoFile;
    std::string kind = "pca", basis = "map", formats = "png,svg,pdf,npz", theme = "light", out;
    std::vector<std::string> places;
    bool fromMean = false, json = false;
};

/// "X,Y" or "X0,Y0,X1,Y1".
std::array<double, 4> placeNamed(const std::string& text) {
    const auto numbers = numbersIn(text, ',');
    if (numbers.size() == 2) return {numbers[0], numbers[1], numbers[0], numbers[1]};
    if (numbers.size() != 4) throw Error("is no place", text, "Write X,Y or X0,Y0,X1,Y1.");
    return {numbers[0], numbers[1], numbers[2], numbers[3]};
}

/// "map", "row", "all", or a file with a saved basis.
void chooseBasis(engine::MapOptions& map, const std::string& basis) {
    if (basis == "map" || basis == "row" || basis == "all") {
        map.basis = engine::basisScopeNamed(basis);
        return;
    }
    const auto file = files::MappedFile::open(basis);
    map.savedBasis = std::make_shared<const inspect::PcaBasis>(inspect::pcaBasisFromJson(file->text(), basis));
}

nlohmann::json toJson(const engine::FrameScores& scores) {
    auto curves = nlohmann::json::array();
    for (const auto& curve : scores.curves) curves.push_back({{"name", curve.name}, {"unit", curve.unit}, {"values", curve.values}});
    return {{"seconds", scores.times.seconds}, {"curves", std::move(curves)}};
}

int run(const Options& options, Terminal& terminal) {
    if (options.run.picture.empty() == options.videoFile.empty()) throw CLI::RequiredError("IMAGE or --video, one of them");
    if (options.videoFile.empty() && !options.video.scores.empty()) throw CLI::RequiredError("--video (for --score)");
    auto atlas = options.run;
    atlas.map.kind = engine::mapKindNamed(options.kind);
    chooseBasis(atlas.map, options.basis);
    if (options.fromMean) atlas.map.origin = inspect::Origin::Mean;
    for (const auto& place : options.places) atlas.places.push_back(placeNamed(place));
    if (atlas.map.kind == engine::MapKind::Similarity && atlas.places.empty())
        throw CLI::RequiredError("--at (for --kind similarity)");
    atlas.extraPrompts = options.encoding.extraPrompts;
    atlas.pillow13Order = options.model.load.pillow13Order;
    atlas.command = terminal.commandLine();
    atlas.out = options.out;
    atlas.files.formats = exporting::formatsNamed(options.formats);
    atlas.files.theme = options.theme == "dark" ? plot::Theme::Dark : plot::Theme::Light;

    const auto control = terminal.beginTask();
    const auto model = options.model.open(control);
    atlas.encoding = options.encoding.over(*model);
    WrittenVideo written;
    if (options.videoFile.empty()) {
        written.files = writeAtlas(*model, std::move(atlas), control);
    } else {
        atlas.picture = options.videoFile;
        written = writeVideoAtlas(*model, std::move(atlas), options.video, control);
    }
    terminal.endTask();
    auto files = nlohmann::json::object();
    for (const auto& [kind, name] : written.files) {
        const auto path = (std::filesystem::path(options.out) / name).string();
        files[kind] = path;
        if (!options.json) terminal.writeLine(path);
    }
    if (!options.json) return Done;
    nlohmann::json result = {{"files", files}};
    if (!written.scores.curves.empty()) result["scores"] = toJson(written.scores);
    terminal.writeJson(result);
    return Done;
}

Action prepare(CLI::App& app) {
    const auto options = std::make_shared<Options>();
    auto& atlas = options->run;
    options->model.addTo(app);
    options->encoding.addTo(app);
    options->encoding.addRowsTo(app);
    app.add_option("IMAGE", atlas.picture, "Picture file");
    app.add_option("--video", options->videoFile, "In place of a picture: a video, frame beside frame")->type_name("F");
    options->video.frames.addTo(app);
    app.add_option("--score", options->video.scores,
                   "Of a video: a column of NAME-scores.csv, word=TEXT, agreement=TEXT, answer=TEXT (to --prompt) or "
                   "patch=FRAME,X,Y; may be repeated")
        ->check(acceptedBy([](const std::string& text) { scoreNamed(text); }, "SCORE"))
        ->allow_extra_args(false);
    app.add_option("--of-frame", options->video.frame, "Of a video: the frame, counted from 0, in which --at is meant")
        ->check(CLI::Range(0, FrameChoice::most - 1))
        ->capture_default_str()
        ->type_name("N");
    app.add_option("--out", options->out, "Folder for NAME.png, … and NAME.json")->required()->type_name("DIR");
    app.add_option("--name", atlas.files.name, "Name of those files")->capture_default_str()->type_name("NAME");
    app.add_option("--kind", options->kind, "What is drawn: pca, foreground, similarity, norm, channel, cluster")
        ->check(acceptedBy([](const std::string& text) { engine::mapKindNamed(text); }, "KIND"))
        ->capture_default_str();
    app.add_option("--rows", atlas.rows, "Rows to show, as image,caption,ocr; * and ? stand for any letters")
        ->delimiter(',')
        ->allow_extra_args(false)
        ->type_name("PATTERNS");
    app.add_option("--columns", atlas.columns, "Columns to show, as stage*,layer11")
        ->delimiter(',')
        ->allow_extra_args(false)
        ->type_name("PATTERNS");
    app.add_option("--prompt", atlas.prompt, "A question; with it the language model's layers are shown too");
    app.add_option("--basis", options->basis, "PCA basis: one per map, row or all maps of a width, or a saved one's file")
        ->capture_default_str()
        ->type_name("map|row|all|FILE");
    app.add_option("--threshold", atlas.map.foregroundThreshold, "What counts as foreground, 0 to 1")
        ->capture_default_str()
        ->type_name("X");
    app.add_option("--at", options->places,
                   "For similarity: a place in the picture's pixels, X,Y or X0,Y0,X1,Y1; may be repeated")
        ->check(acceptedBy([](const std::string& text) { placeNamed(text); }, "PLACE"))
        ->allow_extra_args(false);
    app.add_flag("--from-mean", options->fromMean, "For similarity: take the map's mean vector off first");
    app.add_option("--channel", atlas.map.channel, "For channel: which; -1: the one that varies most in each map")
        ->capture_default_str()
        ->type_name("N");
    app.add_option("--clusters", atlas.map.clusters, "For cluster: how many")
        ->check(CLI::Range(1, 64))
        ->capture_default_str()
        ->type_name("N");
    app.add_option("--seed", atlas.map.seed, "For cluster: where k-means starts")->capture_default_str()->type_name("N");
    app.add_option("--formats", options->formats, "Files to write, of png, svg, pdf, npz, safetensors, csv")
        ->check(acceptedBy([](const std::string& text) { exporting::formatsNamed(text); }, "NAMES"))
        ->capture_default_str();
    app.add_option("--theme", options->theme, "Paper of the page: light, dark")
        ->check(CLI::IsMember({"light", "dark"}))
        ->capture_default_str();
    app.add_option("--scale", atlas.files.scale, "Pixels of the PNG for each unit of the page")
        ->check(CLI::Range(0.25, 8.0))
        ->capture_default_str()
        ->type_name("X");
    app.add_flag("--json", options->json, "Print JSON");
    return [options](Terminal& terminal) { return run(*options, terminal); };
}

}  // namespace

const Command mapsCommand = {
    "maps",
    "Draw the feature atlas of a picture, what the tower sees, by depth and task prompt; or of a video, by time.",
    "maps photo.jpg --kind pca --rows image,caption,ocr --out atlas\n"
    "  fusionscope-cli maps photo.jpg --kind similarity --at 120,80 --out atlas\n"
    "  fusionscope-cli maps --video clip.mp4 --frames 8 --score word=dog --score answer=Yes --prompt \"Is there a dog?\" --out clip",
    prepare,
};

}  // namespace fusionscope::cli
