#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <algorithm>
#include <map>
#include <thread>

#include "core/engine/checkpoint_text.h"
#include "core/engine/memory.h"
#include "core/engine/model_parts.h"
#include "core/engine/picture_processor.h"
#include "core/models/stored_options.h"
#include "core/nn/cpu.h"
#include "core/nn/kernels/many_rows.h"

namespace fusionscope::engine {

namespace {

c10::Device deviceNamed(const std::string& name) {
    const auto wrong = [&] { return Error("\"" + name + "\" is no device", "", "Use cpu, cuda or cuda:N."); };
    if (name == "cpu") return c10::kCPU;
    if (!name.starts_with("cuda")) throw wrong();
    int index = 0;
    if (name.size() > 4) {
        if (name[4] != ':' || name.size() > 7 || name.size() == 5 ||
            !std::all_of(name.begin() + 5, name.end(), [](char c) { return c >= '0' && c <= '9'; }))
            throw wrong();
        index = std::stoi(name.substr(5));
    }
    if (!at::hasCUDA())
        throw Error("no CUDA device can be used", name, "Use --device cpu, or install the CUDA build of LibTorch.");
    return c10::Device(c10::kCUDA, static_cast<c10::DeviceIndex>(index));
}

struct Placement {
    nn::WeightOptions weights;
    Precision precision;
    std::string reason;
};

/// Resolves Precision::Auto and says why.
Placement place(const LoadOptions& options) {
    Placement result{{deviceNamed(options.device)}, options.precision, {}};
    const bool cuda = result.weights.device.is_cuda();
    const bool fast = cuda || nn::cpuHasFastBf16();
    const bool bf16Kernels = !fast && nn::kernels::takesManyRows(nn::kernels::MatrixForm::Bf16);
    result.reason = "as asked";
    if (options.precision == Precision::Auto) {
        result.weights.keepBlocks = true;
        result.weights.keepBf16 = bf16Kernels;
        result.precision = fast ? Precision::Bf16 : Precision::Fp32;
        result.reason = cuda   ? "bf16 is the type that GPUs multiply fastest"
                        : fast ? "this processor multiplies bf16 in hardware"
                               : "this processor has no fast bf16: weights stay as the file holds them, the rest is fp32";
    }
    switch (result.precision) {
        case Precision::Fp16:
            if (!cuda) throw Error("fp16 is for CUDA devices", options.device, "Use bf16 or fp32 on the processor.");
            result.weights.compute = c10::kHalf;
            break;
        case Precision::Bf16: result.weights.compute = c10::kBFloat16; break;
        case Precision::Int8:
        case Precision::Int4:
            result.weights.compute = fast ? c10::kBFloat16 : c10::kFloat;
            result.weights.keepBf16 = bf16Kernels;
            result.weights.linear = result.precision == Precision::Int8 ? nn::LinearFormat::Int8 : nn::LinearFormat::Int4;
            break;
        default: result.weights.compute = c10::kFloat;
    }
    if (options.groupSize != 32 && options.groupSize != 64 && options.groupSize != 128)
        throw Error(concat("a group size of ", options.groupSize), "", "Int4 groups have 32, 64 or 128 columns.");
    result.weights.groupSize = options.groupSize;
    return result;
}

/// The form in which most of the weights stay that are not held in the type that is computed in; empty when none do.
std::string keptForm(const files::ModelFolder& folder, const nn::WeightOptions& options) {
    const nn::WeightStore store(folder.tensors(), options);
    std::map<files::DType, int64_t> kept;
    for (const auto& [name, tensor] : folder.tensors())
        if (store.keptBlocks(name) || (options.keepBf16 && tensor.dtype == files::DType::BF16))
            kept[tensor.dtype] += tensor.elements();
    const auto most = std::ranges::max_element(kept, {}, [](const auto& form) { return form.second; });
    return most == kept.end() ? std::string() : files::name(most->first);
}

/// Whether a Florence-VL has kept what its tower needs to run Florence-2's tasks: the decoder, and a tokenizer with
/// places.
bool holdsTasks(const Model::Parts& parts) {
    const auto* model = dynamic_cast<const models::FlorenceVl*>(parts.loaded.visionLanguage());
    return model && model->config().holdsTowerDecoder && parts.hasTowerTokenizer();
}

}  // namespace

Model::Parts::Parts(files::ModelFolder opened, LoadOptions loadOptions)
    : options(std::move(loadOptions)), folder(std::move(opened)), visuals(options.visualCacheBytes) {}

std::unique_ptr<Model> Model::load(const std::filesystem::path& path, const LoadOptions& options,
                                   const Control& control) {
    const c10::InferenceMode inference;
    const Stopwatch watch;
    auto parts = std::make_unique<Parts>(files::ModelFolder::open(path), options);
    control.report("Loading " + path.filename().string(), 0);
    const auto placement = place(options);
    const int cores = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
    if (options.threads < 0 || options.threads > 1024)
        throw Error(concat(options.threads, " threads"), "", "Give a number from 1 to 1024, or 0 for all cores.");
    at::set_num_threads(options.threads > 0 ? options.threads : cores);

    const auto& folder = parts->folder;
    const auto estimate = options.ignoreMemoryCheck
                              ? estimateMemory(folder, placement.precision, placement.weights)
                              : requireMemory(folder, placement.precision, placement.weights);
    // All that is small before the weights, so that what is wrong with it is told at once.
    if (hasTokenizer(folder)) {
        parts->tokenizer = loadCheckpointTokenizer(folder);
        parts->chatTemplate = checkpointChatTemplate(folder, *parts->tokenizer, options.chatTemplate);
    }
    if (models::takesPictures(folder)) {
        parts->processor = loadCheckpointProcessor(folder);
        models::storedEncodeOptions(folder, {});
    }
    if (control.stop.stop_requested()) throw Stopped();
    parts->weights = placement.weights;
    parts->loaded = models::loadModel(folder, parts->weights);
    if (control.stop.stop_requested()) throw Stopped();

    auto& summary = parts->summary;
    summary.family = parts->loaded.family;
    summary.folder = path.string();
    summary.precision = name(placement.precision);
    if (const auto form = keptForm(folder, placement.weights); !form.empty()) summary.precision += " on " + form;
    summary.device = placement.weights.device.str();
    summary.deviceReason = placement.reason;
    summary.takesPictures = parts->processor != nullptr;
    summary.runsTasks = parts->loaded.florence2() || holdsTasks(*parts);
    summary.chats = parts->loaded.decoder() != nullptr;
    if (const auto* model = parts->loaded.visionLanguage()) {
        parts->encoding = models::storedEncodeOptions(folder, model->defaultOptions());
        summary.fuses = model->fuses();
        summary.contextTokens = std::min(model->longestPrompt(), model->decoder().config().longest);
    } else if (summary.chats) {
        summary.contextTokens = parts->loaded.decoder()->config().longest;
    } else if (const auto* pair = parts->loaded.siglip()) {
        parts->encoding = models::EncodeOptions::withoutBlocks();
        summary.matchesTexts = true;
        summary.contextTokens = pair->config().text.longest;
    } else {
        summary.contextTokens = parts->florence2().decoder().longest();
    }
    if (summary.chats) {
        if (parts->chatTemplate) summary.chatTemplate = parts->chatTemplate->name();
        parts->cache.emplace(parts->loaded.decoder()->newCache());
    } else {
        parts->chatTemplate.reset();
    }
    summary.parameters = estimate.parameters;
    summary.weightBytes = estimate.weights;
    for (const auto& note : folder.notes()) summary.remarks.push_back(note.what + ": " + note.why + ".");
    summary.loadSeconds = watch.seconds();
    control.report("Loading " + path.filename().string(), 1);

    std::unique_ptr<Model> model(new Model);
    model->m_parts = std::move(parts);
    return model;
}

}  // namespace fusionscope::engine
