#include "core/engine/memory.h"

#include <ATen/ATen.h>
#include <ATen/DeviceAccelerator.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <fstream>
#include <functional>
#include <numeric>
#include <sstream>

#include "core/files/model_folder.h"
#include "core/models/registry.h"

namespace fusionscope::engine {

namespace {

// Tokens of a conversation that the estimate counts on, and prompt tokens that are read in one pass.
constexpr int64_t usualConversationTokens = 4096;
constexpr int64_t prefillTokens = 512;

/// Counts one tensor that the model asked for. A matrix of a converted checkpoint comes as two (see nn/quantized.h).
void count(CheckpointSketch& sketch, const nn::WeightReport& report, const std::string& name,
           const std::vector<int64_t>& shape) {
    const auto elements = std::accumulate(shape.begin(), shape.end(), int64_t{1}, std::multiplies());
    if (name.ends_with(".scale")) {
        sketch.quantisedBytes += 2 * elements;
    } else if (name.ends_with(".int8") || name.ends_with(".int4")) {
        const int64_t values = name.ends_with(".int4") ? 2 * elements : elements;
        sketch.quantisedBytes += elements;
        sketch.quantisedValues += values;
        sketch.parameters += values;
    } else {
        sketch.parameters += elements;
        const bool bf16 = report.bf16Matrices.contains(name);
        if (sketch.matrices.contains(name)) {
            sketch.matrixValues += elements;
            if (bf16) sketch.bf16MatrixValues += elements;
        } else if (bf16) {
            sketch.bf16OtherValues += elements;
        }
    }
}

void measureDecoder(CheckpointSketch& sketch, const language::Decoder& decoder) {
    const auto& config = decoder.config();
    sketch.cacheValuesPerToken = 2 * config.layers * config.kvHeads * config.headWidth;
    if (decoder.newCache().keepsInputs()) sketch.inputValuesPerToken = config.hidden;
    sketch.narrowCache = true;
    sketch.contextTokens = config.longest;
    sketch.tableValues = decoder.embedding().numbers().numel();
    sketch.tableBytes = static_cast<int64_t>(decoder.embedding().numbers().nbytes());
    sketch.tied = config.tiedEmbedding;
    // A layer's input, its norm, and both sides of the activation function; then the scores of one token.
    sketch.activationValues = prefillTokens * 2 * (config.hidden + config.inner) + config.vocabulary;
}

void measure(CheckpointSketch& sketch, const models::LoadedModel& loaded) {
    if (const auto* decoder = loaded.decoder()) measureDecoder(sketch, *decoder);
    if (const auto* model = loaded.visionLanguage()) {
        sketch.activationValues = std::max(sketch.activationValues, model->widestLayer());
        sketch.contextTokens = std::min(sketch.contextTokens, model->longestPrompt());
    }
    if (const auto* model = loaded.siglip()) sketch.activationValues = model->widestLayer();
    if (const auto* model = loaded.florence2()) {
        const auto& text = model->tower().config().text;
        sketch.cacheValuesPerToken = 4 * text.decoderLayers * text.width;  // of the text and of the encoder's states
        sketch.contextTokens = model->decoder().longest();
        sketch.activationValues = model->widestLayer();
    }
}

/// The number on the line that starts with `key`, or in the whole file when the key is empty.
std::optional<int64_t> numberIn(const std::string& file, const std::string& key = {}) {
    std::ifstream in(file);
    for (std::string line; std::getline(in, line);) {
        if (!line.starts_with(key)) continue;
        std::istringstream rest(line.substr(key.size()));
        if (int64_t number = 0; rest >> number) return number;
    }
    return std::nullopt;
}

/// What the control group of this process (version 2) leaves; file pages that can be dropped count as free.
std::optional<int64_t> leftByControlGroup() {
    std::ifstream in("/proc/self/cgroup");
    std::string path;
    for (std::string line; std::getline(in, line);)
        if (line.starts_with("0::")) path = line.substr(3);
    std::optional<int64_t> least;
    for (const auto& folder : {"/sys/fs/cgroup" + path, std::string("/sys/fs/cgroup")}) {
        const auto limit = numberIn(folder + "/memory.max");
        const auto used = numberIn(folder + "/memory.current");
        if (!limit || !used) continue;
        const auto left = *limit - *used + numberIn(folder + "/memory.stat", "inactive_file ").value_or(0);
        least = std::min(least.value_or(left), left);
    }
    return least;
}

std::optional<int64_t> freeOn(const c10::Device& device) {
    if (device.is_cpu()) return availableMemory();
    if (!device.is_cuda()) return std::nullopt;
    return static_cast<int64_t>(at::accelerator::getMemoryInfo(std::max<c10::DeviceIndex>(device.index(), 0)).first);
}

int64_t bytesOf(Precision precision, int64_t computeBytes) {
    return precision == Precision::Fp32 ? 4 : precision == Precision::Bf16 || precision == Precision::Fp16 ? 2 : computeBytes;
}

/// Counts what nn::WeightOptions::keepBlocks leaves in the blocks of a GGUF file.
void countBlocks(CheckpointSketch& sketch, const files::TensorTable& tensors, const nn::WeightReport& report) {
    nn::WeightOptions options;
    options.keepBlocks = true;
    const nn::WeightStore store(tensors, options);
    for (const auto& [name, shape] : report.used) {
        const auto* blocks = store.keptBlocks(name);
        if (!blocks || shape.size() != 2) continue;
        const bool matrix = sketch.matrices.contains(name);
        if (matrix) sketch.blockValues += blocks->elements();
        if (!matrix) sketch.blockTable = true;
        sketch.blockBytes += std::ssize(blocks->bytes);
    }
}

CheckpointSketch soundSketch(const files::ModelFolder& folder) {
    auto sketch = sketchCheckpoint(folder);
    if (!sketch.problems.empty()) throw sketch.problems.front();
    return sketch;
}

}  // namespace

MemoryEstimate CheckpointSketch::estimate(Precision precision, int64_t computeBytes, int64_t groupSize,
                                          bool keepBlocks, bool keepBf16) const {
    const int64_t bytes = bytesOf(precision, computeBytes);
    MemoryEstimate need;
    need.parameters = parameters;
    const bool quantised = precision == Precision::Int8 || precision == Precision::Int4;
    const int64_t copied = matrixValues + (tied ? tableValues : 0);
    int64_t matrixBytes = matrixValues * bytes;
    if (precision == Precision::Int8) matrixBytes = copied;
    // A group has a scale and an offset of two bytes each.
    if (precision == Precision::Int4) matrixBytes = copied / 2 + copied / groupSize * 4;
    if (keepBlocks) matrixBytes = (matrixValues - blockValues) * bytes + blockBytes;
    const int64_t saved = keepBf16 ? std::max<int64_t>(0, bytes - 2) : 0;  // for each number that stays in bf16
    if (!quantised) matrixBytes -= bf16MatrixValues * saved;
    // Beside quantised matrices the embedding stays as it is stored where that is smaller.
    int64_t tableInMemory = quantised || keepBf16 ? std::min(tableBytes, tableValues * bytes) : tableValues * bytes;
    if (keepBlocks && blockTable) tableInMemory = 0;
    need.weights = (parameters - matrixValues - quantisedValues - tableValues) * bytes - bf16OtherValues * saved +
                   tableInMemory + matrixBytes + quantisedBytes;
    const bool anyQuantised = quantised || quantisedValues > 0 || (keepBlocks && blockValues > 0);
    const int64_t cacheBytes = narrowCache && anyQuantised ? std::min<int64_t>(bytes, 2) : bytes;
    need.cache = (cacheValuesPerToken * cacheBytes + inputValuesPerToken * bytes) *
                 std::min(contextTokens, usualConversationTokens);
    need.activations = activationValues * bytes;
    return need;
}

CheckpointSketch sketchCheckpoint(const files::ModelFolder& folder) {
    nn::WeightOptions options;
    options.device = c10::kMeta;
    options.linear = nn::LinearFormat::Int8;  // so that the report names the matrices that may be quantised
    options.report = std::make_shared<nn::WeightReport>();
    CheckpointSketch sketch;
    sketch.family = models::familyOf(folder);
    auto& problems = options.report->problems;
    try {
        measure(sketch, models::loadModel(folder, options));
    } catch (const Error& error) {
        if (problems.empty()) throw;
        problems.push_back(error);  // most likely a consequence of those before
    }
    sketch.matrices = std::move(options.report->quantisable);
    countBlocks(sketch, folder.tensors(), *options.report);
    for (const auto& [name, shape] : options.report->used) count(sketch, *options.report, name, shape);
    sketch.problems = std::move(problems);
    for (const auto& name : options.report->present)
        if (!options.report->used.contains(name)) sketch.unusedTensors.push_back(name);
    return sketch;
}

MemoryEstimate estimateMemory(const files::ModelFolder& folder, Precision precision, const nn::WeightOptions& options) {
    return soundSketch(folder).estimate(precision, static_cast<int64_t>(c10::elementSize(options.compute)),
                                        options.groupSize, options.keepBlocks, options.keepBf16);
}

MemoryEstimate requireMemory(const files::ModelFolder& folder, Precision precision, const nn::WeightOptions& options) {
    const auto sketch = soundSketch(folder);
    const auto computeBytes = static_cast<int64_t>(c10::elementSize(options.compute));
    const auto need = sketch.estimate(precision, computeBytes, options.groupSize, options.keepBlocks, options.keepBf16);
    const auto free = freeOn(options.device);
    if (!free || need.total() <= *free) return need;
    std::string hint = "Close other programs, or use --ignore-memory to try all the same.";
    for (const auto smaller : {Precision::Bf16, Precision::Int8, Precision::Int4}) {
        const auto total = sketch.estimate(smaller, computeBytes, options.groupSize).total();
        if (total > *free || total >= need.total()) continue;
        hint = concat("In ", name(smaller), " it needs ", bytesText(total), ": choose --dtype ", name(smaller), ".");
        break;
    }
    throw Error(concat("needs ", bytesText(need.total()), " in ", name(precision), " (weights ", bytesText(need.weights),
                       ", conversation ", bytesText(need.cache), ", intermediate results ",
                       bytesText(need.activations), "), but only ", bytesText(*free), " are free on ",
                       options.device.str()),
                folder.path().string(), hint);
}

std::optional<int64_t> availableMemory() {
    std::optional<int64_t> least = leftByControlGroup();
    if (const auto kilobytes = numberIn("/proc/meminfo", "MemAvailable:"))
        least = std::min(least.value_or(*kilobytes * 1024), *kilobytes * 1024);
    return least;
}

std::string bytesText(int64_t bytes) {
    constexpr std::array units = {"bytes", "kB", "MB", "GB", "TB"};
    auto value = static_cast<double>(bytes);
    size_t unit = 0;
    for (; value >= 999.5 && unit + 1 < units.size(); ++unit) value /= 1000;
    char text[32];
    std::snprintf(text, sizeof text, value < 9.95 && unit > 0 ? "%.1f" : "%.0f", value);
    return std::string(text) + " " + units[unit];
}

}  // namespace fusionscope::engine
