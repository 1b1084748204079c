#include <nlohmann/json.hpp>

#include "app/cli/command.h"
#include "app/cli/curve_picture.h"
#include "app/cli/model_options.h"
#include "core/engine/alignment.h"
#include "core/engine/folder_report.h"
#include "core/engine/program_files.h"
#include "core/files/error.h"
#include "ui/plot/offscreen_gui.h"

namespace fusionscope::cli {

namespace {

struct Options {
    ModelOptions model;
    EncodingOptions encoding;
    engine::AlignmentOptions alignment;
    std::string pairs, out, picture, text, layer;
    bool json = false;
};

/// Four decimals, at least so wide.
std::string column(int width, double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%*.4f", width, value);
    return text;
}

std::string withBand(const engine::AlignmentCurve::Band& band) {
    return column(8, band.mean) + " ± " + column(0, band.deviation);
}

void writeTable(const engine::AlignmentResults& results, Terminal& terminal) {
    const bool heldOut = results.heldOutBatch > 0;
    terminal.writeLine(concat(results.pairs.size(), " pairs; chance is a loss of", column(7, results.chance),
                              heldOut ? std::string(", held out") + column(7, results.heldOutChance) : "", "; lower is better"));
    terminal.writeLine(concat("part                 loss             ", heldOut ? "held out         " : "",
                              "   CKA  debiased  mutual ", results.neighbours, "-NN"));
    for (const auto& scores : results.parts) {
        if (!scores.scored) continue;
        auto line = scores.part.name + std::string(scores.part.name.size() < 18 ? 18 - scores.part.name.size() : 1, ' ');
        line += scores.seedsDone > 0 ? withBand(scores.loss) : std::string(17, ' ');
        if (heldOut) line += scores.seedsDone > 0 ? withBand(scores.heldOutLoss) : std::string(17, ' ');
        line += column(9, scores.cka) + column(10, scores.debiasedCka) + column(11, scores.mutualNeighbours);
        terminal.writeLine(line);
    }
}

int alignPairs(const Options& options, Terminal& terminal) {
    const auto control = terminal.beginTask();
    const auto model = options.model.open(control);
    auto chosen = options.alignment;
    chosen.encoding = options.encoding.over(*model);
    engine::AlignmentStudy study(options.pairs.empty() ? engine::samplePairs() : std::filesystem::path(options.pairs), std::move(chosen));
    bool stopped = false;
    try {
        study.advance(*model, control);
    } catch (const Stopped&) {
        stopped = true;  // what there is by now is kept
    }
    const bool told = options.json || !options.out.empty();
    const auto hash = told ? engine::checkpointHash(model->summary().folder) : std::string();
    terminal.endTask();
    const auto results = study.results();
    auto saved = options.out.empty() ? std::vector<std::pair<std::string, std::filesystem::path>>()
                                           : study.save(options.out, model->summary(), hash, terminal.commandLine());
    if (!options.out.empty()) {
        const plot::OffscreenGui gui;
        saved.emplace_back("picture", std::filesystem::path(options.out) / "alignment.png");
        drawAlignment(*results, saved.back().second);
    }
    if (options.json) {
        terminal.write(engine::alignmentJson(*results, model->summary(), hash, terminal.commandLine()));
    } else {
        writeTable(*results, terminal);
        for (const auto& [kind, path] : saved) terminal.writeLine(path.string());
    }
    return stopped ? StoppedByPerson : Done;
}

nlohmann::json toJson(const engine::WordAlignment& alignment) {
    auto words = nlohmann::json::array();
    for (const auto& heat : alignment.words)
        words.push_back({{"text", heat.word.text},
                         {"grid", {heat.cosines.rows, heat.cosines.columns}},
                         {"cosines", heat.cosines.values}});
    auto bars = nlohmann::json::object();
    for (size_t i = 0; i < alignment.bars.size(); ++i) bars[alignment.bars[i]] = alignment.agreement[i];
    return {{"layer", alignment.layer}, {"words", std::move(words)}, {"agreement", std::move(bars)}};
}

int alignWords(const Options& options, Terminal& terminal) {
    if (options.text.empty()) throw CLI::RequiredError("--text (for --image)");
    const auto control = terminal.beginTask();
    const auto model = options.model.open(control);
    const auto picture = engine::PictureHandle::read(options.picture);
    const auto alignment =
        engine::wordAlignment(*model, picture, options.text, options.layer, options.encoding.over(*model), control);
    terminal.endTask();
    if (options.json) {
        terminal.writeJson(toJson(alignment));
        return Done;
    }
    terminal.writeLine("most alike patch (row, column) and its cosine, by word:");
    for (const auto& heat : alignment.words) {
        const auto& values = heat.cosines.values;
        const auto best = static_cast<int>(std::ranges::max_element(values) - values.begin());
        terminal.writeLine(concat(column(7, values[static_cast<size_t>(best)]), "  (", best / heat.cosines.columns, ", ",
                                  best % heat.cosines.columns, ")  ", heat.word.text));
    }
    terminal.writeLine("agreement of the picture as a whole, under each prompt alone where the model fuses:");
    for (size_t i = 0; i < alignment.bars.size(); ++i)
        terminal.writeLine(column(7, alignment.agreement[i]) + "  " + alignment.bars[i]);
    return Done;
}

Action prepare(CLI::App& app) {
    const auto options = std::make_shared<Options>();
    auto& alignment = options->alignment;
    options->model.addTo(app);
    auto* pairs = app.add_option("--pairs", options->pairs,
                                 "Folder of captioned pictures: captions.jsonl, what world --export wrote, COCO annotations, or NAME.txt beside each "
                                 "picture; without it the samples")
                      ->type_name("DIR");
    app.add_option("--parts", alignment.parts,
                   "Parts to judge, as all,\"without *\",\"ocr alone\"; * and ? stand for any letters; without it all")
        ->delimiter(',')
        ->allow_extra_args(false)
        ->type_name("PATTERNS");
    const char* group = "Training";
    app.add_option("--steps", alignment.steps, "Steps of each training")->type_name("N")->capture_default_str()->group(group);
    app.add_option("--seeds", alignment.seeds, "Trainings of each part")->type_name("N")->capture_default_str()->group(group);
    app.add_option("--seed", alignment.firstSeed, "The first of them")->type_name("N")->capture_default_str()->group(group);
    app.add_option("--batch", alignment.batch, "Pairs of one step")->type_name("N")->capture_default_str()->group(group);
    app.add_option("--depth", alignment.depth, "Linear layers of the projection: 1 or 2")->type_name("N")->capture_default_str()->group(group);
    app.add_option("--temperature", alignment.temperature, "Divides the cosines; 1: as in the paper")
        ->type_name("T")
        ->capture_default_str()
        ->group(group);
    app.add_option("--learning-rate", alignment.learningRate, "Of Adam")->type_name("X")->capture_default_str()->group(group);
    app.add_option("--held-out", alignment.heldOutShare, "Share of the pairs that is never trained on")
        ->type_name("X")
        ->capture_default_str()
        ->group(group);
    app.add_option("--every", alignment.every, "Steps between two points of a curve")->type_name("N")->capture_default_str()->group(group);
    app.add_option("--neighbours", alignment.neighbours, "Neighbours that are compared")->type_name("K")->capture_default_str();
    app.add_option("--most", alignment.most, "Pairs to use, from the first on; 0: all")->type_name("N")->capture_default_str();
    app.add_option("--out", options->out, "Folder for alignment.json, .csv, .npz and .png (the curves), also of a run that was stopped")->type_name("DIR");
    auto* picture = app.add_option("--image", options->picture, "In place of pairs: where the words of --text lie in one picture")
                        ->excludes(pairs)
                        ->type_name("F");
    app.add_option("--text", options->text, "For --image: what is compared")->needs(picture)->type_name("TEXT");
    app.add_option("--layer", options->layer, "For --image: the language model's layer that gives words their meaning: "
                                              "embed, layer0, …, norm (the default)")
        ->needs(picture)
        ->type_name("NAME");
    options->encoding.addTo(app);
    app.add_flag("--json", options->json, "Print JSON");
    return [options](Terminal& terminal) {
        return options->picture.empty() ? alignPairs(*options, terminal) : alignWords(*options, terminal);
    };
}

}  // namespace

const Command alignCommand = {
    "align",
    "Measure how well each part of the picture's features agrees with text, over captioned pictures or word by word.",
    "align --pairs captioned --steps 400 --seeds 3 --out alignment\n"
    "  fusionscope-cli align --image photo.jpg --text \"two birds by a lake\" --layer layer4",
    prepare,
};

}  // namespace fusionscope::cli
