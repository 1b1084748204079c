#include <algorithm>
#include <nlohmann/json.hpp>

#include "app/cli/command.h"
#include "app/cli/model_options.h"
#include "core/files/error.h"
#include "core/files/safetensors.h"
#include "core/inspect/comparison.h"

namespace fusionscope::cli {

namespace {

struct Options {
    ModelOptions model;
    EncodingOptions encoding;
    std::vector<std::string> select;
    std::string picture, prompt, inputs, out, against, names, inputCase;
    inspect::Tolerance tolerance;
    bool list = false, json = false;
};

std::string shapeText(const std::vector<int64_t>& shape) { return files::shapeText(shape); }

int list(const Options& options, Terminal& terminal) {
    const auto control = terminal.beginTask();
    const auto model = options.model.open(control);
    const auto activations = model->activations(options.encoding.over(*model));
    terminal.endTask();
    auto listed = nlohmann::json::array();
    for (const auto& activation : activations) {
        if (options.json)
            listed.push_back({{"name", activation.name},
                              {"shape", activation.shape},
                              {"row", activation.row},
                              {"column", activation.column},
                              {"is_map", activation.isMap},
                              {"reaches_language_model", activation.reachesLanguageModel}});
        else
            terminal.writeLine(concat(activation.name, "  ", shapeText(activation.shape),
                                      activation.reachesLanguageModel ? "  reaches the language model" : ""));
    }
    if (options.json) terminal.writeJson(listed);
    return Done;
}

std::vector<engine::NamedTensor> record(const Options& options, engine::Model& model, const engine::Control& control) {
    const auto encoding = options.encoding.over(model);
    const auto patterns = options.select.empty() ? std::vector<std::string>{"*"} : options.select;
    if (!options.inputs.empty()) return model.trace(patterns, {options.inputs, options.inputCase}, encoding, control);
    if (options.picture.empty()) return model.trace(patterns, nullptr, options.prompt, encoding, control);
    const auto picture = engine::PictureHandle::read(options.picture);
    return model.trace(patterns, &picture, options.prompt, encoding, control);
}

void write(const std::vector<engine::NamedTensor>& tensors, const engine::ModelSummary& summary, const std::string& out) {
    std::vector<files::TensorBytes> bytes;
    for (const auto& tensor : tensors)
        bytes.push_back({{tensor.name, files::DType::F32, tensor.shape}, std::as_bytes(std::span(tensor.values))});
    files::writeSafetensors(out, bytes, {{"family", summary.family}, {"precision", summary.precision}});
}

std::string line(const inspect::ComparedTensor& tensor) {
    if (!tensor.problem.empty()) return concat(tensor.name, "  ", tensor.problem);
    char numbers[64];
    std::snprintf(numbers, sizeof numbers, "  max %.2e  cosine %.9f  ", tensor.error, tensor.cosine);
    return tensor.name + numbers + (tensor.within ? "ok" : "differs");
}

nlohmann::json toJson(const std::vector<inspect::ComparedTensor>& compared) {
    auto rows = nlohmann::json::array();
    for (const auto& tensor : compared) {
        nlohmann::json row = {{"name", tensor.name}, {"expected", tensor.expectedName}, {"within", tensor.within}};
        if (tensor.problem.empty()) {
            row["error"] = tensor.error;
            row["cosine"] = tensor.cosine;
        } else {
            row["problem"] = tensor.problem;
        }
        rows.push_back(std::move(row));
    }
    return rows;
}

/// Prints the table; @throws Error when something is beyond the tolerance
void report(const std::vector<inspect::ComparedTensor>& compared, const Options& options, Terminal& terminal) {
    if (options.json) terminal.writeJson({{"compared", toJson(compared)}});
    for (const auto& tensor : compared)
        if (!options.json) terminal.writeLine(line(tensor));
    const auto wrong = std::ranges::count(compared, false, &inspect::ComparedTensor::within);
    if (wrong > 0)
        throw Error(concat(wrong, " of ", compared.size(), " activations differ by more than ", options.tolerance.error,
                           " of their largest magnitude or in direction"),
                    options.against);
}

int run(const Options& options, Terminal& terminal) {
    if (options.list) return list(options, terminal);
    const auto control = terminal.beginTask();
    const auto model = options.model.open(control);
    const auto tensors = record(options, *model, control);
    terminal.endTask();
    if (tensors.empty())
        throw Error("no activation of this pass fits the patterns", {}, "trace --list prints the names.");
    if (!options.out.empty()) write(tensors, model->summary(), options.out);
    if (!options.against.empty()) {
        report(inspect::compare(tensors, options.against, {options.names, options.inputCase}, options.tolerance), options,
               terminal);
    } else if (options.json) {
        auto shapes = nlohmann::json::object();
        for (const auto& tensor : tensors) shapes[tensor.name] = tensor.shape;
        terminal.writeJson({{"out", options.out}, {"activations", shapes}});
    } else {
        for (const auto& tensor : tensors) terminal.writeLine(tensor.name + "  " + shapeText(tensor.shape));
    }
    return Done;
}

void requireSource(const Options& options) {
    if (options.list) return;
    if (options.inputs.empty() && options.picture.empty() && options.prompt.empty())
        throw CLI::RequiredError("--image, --prompt or --inputs");
    if (options.out.empty() && options.against.empty()) throw CLI::RequiredError("--out or --against");
}

Action prepare(CLI::App& app) {
    const auto options = std::make_shared<Options>();
    options->model.addTo(app);
    options->encoding.addTo(app);
    options->encoding.addRowsTo(app);
    app.add_option("--image", options->picture, "Picture file")->type_name("F");
    app.add_option("--prompt", options->prompt, "Question; for a Florence-2 a task marker with its text");
    app.add_option("--inputs", options->inputs,
                   "Raw tensors instead: pixel_values, input_ids, attention_mask, decoder_input_ids")
        ->type_name("F.safetensors")
        ->excludes("--image")
        ->excludes("--prompt");
    app.add_option("--case", options->inputCase, "Prefix of the names in that file, for CASE.input_ids")->type_name("CASE");
    app.add_option("--select", options->select, "Activations to record; * and ? stand for any letters; may be repeated")
        ->delimiter(',')
        ->allow_extra_args(false)
        ->type_name("GLOB");
    app.add_option("--out", options->out, "Where the activations go")->type_name("F.safetensors");
    app.add_flag("--list", options->list, "Print the names and shapes of all activations");
    auto* against = app.add_option("--against", options->against, "Compare with a reference's tensors and print the errors");
    against->type_name("F.safetensors");
    app.add_option("--names", options->names, "JSON object: activation to the reference's name for it")
        ->needs(against)
        ->type_name("FILE");
    app.add_option("--tolerance", options->tolerance.error, "Error allowed, relative to the largest magnitude")
        ->capture_default_str()
        ->type_name("X");
    app.add_option("--cosine", options->tolerance.cosine, "Cosine required")->capture_default_str()->type_name("X");
    app.add_flag("--json", options->json, "Print JSON");
    return [options](Terminal& terminal) {
        requireSource(*options);
        return run(*options, terminal);
    };
}

}  // namespace

const Command traceCommand = {
    "trace",
    "Record the named activations of one pass, to look into or to compare with a reference.",
    "trace --image photo.jpg --prompt \"What is this?\" --select 'fusion/*' --out features.safetensors\n"
    "  fusionscope-cli trace --inputs inputs.safetensors --case one_image --against expected.safetensors --names names.json",
    prepare,
};

}  // namespace fusionscope::cli
