#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "app/cli/atlas_run.h"
#include "app/cli/command.h"
#include "app/cli/json_forms.h"
#include "app/cli/model_options.h"
#include "core/engine/program_files.h"
#include "core/files/error.h"
#include "core/files/json.h"
#include "core/files/output_file.h"
#include "core/files/safetensors.h"

namespace fusionscope::cli {

namespace {

namespace fs = std::filesystem;

constexpr size_t sampleCount = 3;

/// A picture with what is asked about it.
struct Sample {
    fs::path picture;
    std::vector<std::string> questions;
};

struct Options {
    ModelOptions model;
    std::string out, samples;
    bool json = false;
};

/// The samples that samples.json names, those of the bundled model's own world first.
std::vector<Sample> listedSamples(const fs::path& list) {
    const auto json = files::readJson(list);
    if (!json.is_array()) throw Error("is no list of samples", list.string());
    std::vector<Sample> own, others;
    for (const auto& entry : json) {
        const files::Fields fields(entry, list.string());
        auto& place = fields.flagOr("world", false) ? own : others;
        place.push_back({list.parent_path() / fields.text("file"), fields.texts("questions")});
    }
    own.insert(own.end(), others.begin(), others.end());
    return own;
}

/// Every picture of a folder that has no list, with questions that suit any.
std::vector<Sample> anySamples(const fs::path& folder) {
    const std::set<std::string> endings = {".png", ".jpg", ".jpeg", ".webp"};
    std::vector<Sample> samples;
    for (const auto& entry : fs::directory_iterator(folder))
        if (endings.contains(entry.path().extension().string()))
            samples.push_back({entry.path(),
                               {"What is in the background?", "How many things are there?", "Describe the picture."}});
    std::ranges::sort(samples, {}, &Sample::picture);
    return samples;
}

std::vector<Sample> samplesIn(const fs::path& folder) {
    const auto list = folder / "samples.json";
    auto samples = fs::exists(list) ? listedSamples(list) : anySamples(folder);
    if (samples.empty()) throw Error("holds no pictures", folder.string());
    samples.resize(std::min(samples.size(), sampleCount));
    return samples;
}

void writeFeatures(engine::Model& model, const engine::PictureHandle& picture, const models::EncodeOptions& encoding,
                   const fs::path& file, const engine::Control& control) {
    const auto tensors = model.trace({"tower/image", "tower/encoder/*/image", "fusion/*"}, &picture, {}, encoding, control);
    std::vector<files::TensorBytes> bytes;
    for (const auto& tensor : tensors)
        bytes.push_back({{tensor.name, files::DType::F32, tensor.shape}, std::as_bytes(std::span(tensor.values))});
    files::writeSafetensors(file, bytes, {{"picture", picture.hash()}});
}

/// Everything about one picture: questions with their answers, atlas, features.
nlohmann::json show(engine::Model& model, const Options& options, const Sample& sample, Terminal& terminal) {
    const auto& file = sample.picture;
    const auto name = file.stem().string();
    const auto folder = fs::path(options.out) / name;
    const auto encoding = model.encodeOptions();
    auto answers = nlohmann::json::array();
    engine::ChatRequest request{{}, {engine::PictureHandle::read(file.string())}, {}, encoding};
    if (!options.json) terminal.writeLine("## " + name);
    for (const auto& question : sample.questions) {
        const auto control = terminal.beginTask();
        request.messages = {{text::Role::User, {text::ContentItem::image(), text::ContentItem::ofText(question)}}};
        const auto answer = model.chat(request, {}, control);
        terminal.endTask();
        if (!options.json) terminal.writeLine(concat("> ", question, "\n", answer.text));
        auto entry = toJson(answer);
        entry["question"] = question;
        answers.push_back(std::move(entry));
        if (answer.reason == engine::StopReason::Stopped) throw Stopped();
    }
    const auto control = terminal.beginTask();
    AtlasRun run;
    run.picture = file.string();
    run.encoding = encoding;
    run.command = concat("fusionscope-cli maps ", file.string(), " --out ", folder.string());
    run.out = folder;
    writeAtlas(model, std::move(run), control);
    writeFeatures(model, request.pictures.front(), encoding, folder / "features.safetensors", control);
    terminal.endTask();
    return {{"picture", name}, {"answers", std::move(answers)}};
}

std::string transcriptOf(const nlohmann::json& shown) {
    std::string text = "# What the bundled model says, and what it sees\n";
    for (const auto& entry : shown) {
        const auto name = entry.at("picture").get<std::string>();
        text += concat("\n## ", name, "\n\n![", name, "](", name, "/atlas.png)\n");
        for (const auto& answer : entry.at("answers"))
            text += concat("\n**You** ", answer.at("question").get<std::string>(), "\n\n**Model** ",
                           answer.at("text").get<std::string>(), "\n");
    }
    return text;
}

int run(const Options& options, Terminal& terminal) {
    const auto samples = samplesIn(options.samples.empty() ? engine::samplePictures() : fs::path(options.samples));
    const auto control = terminal.beginTask();
    const auto model = options.model.open(control);
    terminal.endTask();
    auto shown = nlohmann::json::array();
    for (const auto& sample : samples) shown.push_back(show(*model, options, sample, terminal));
    const fs::path out(options.out);
    files::writeText(out / "transcript.md", transcriptOf(shown));
    files::writeText(out / "transcript.json", shown.dump(1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
    if (options.json)
        terminal.writeJson({{"out", options.out}, {"transcript", shown}});
    else
        terminal.writeLine(concat("The transcript is ", (out / "transcript.md").string(),
                                  "; atlases and features lie beside it."));
    return Done;
}

Action prepare(CLI::App& app) {
    const auto options = std::make_shared<Options>();
    options->model.addTo(app);
    app.add_option("--out", options->out, "Folder for transcript, atlases and features")->required()->type_name("DIR");
    app.add_option("--samples", options->samples, "Folder of pictures to use instead of the program's own")
        ->type_name("DIR");
    app.add_flag("--json", options->json, "Print JSON");
    return [options](Terminal& terminal) { return run(*options, terminal); };
}

}  // namespace

const Command demoCommand = {
    "demo",
    "Ask three questions about each of three sample pictures and write answers, atlases and features.",
    "demo --out demo",
    prepare,
};

}  // namespace fusionscope::cli
