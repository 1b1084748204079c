#include "tests/tools/checkpoint_plan.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <memory>
#include <numeric>

#include "core/files/error.h"

namespace fusionscope::tools {

namespace fs = std::filesystem;

namespace {

int64_t elements(const std::vector<int64_t>& shape) {
    return std::accumulate(shape.begin(), shape.end(), int64_t{1}, std::multiplies<>());
}

int64_t bytesOf(const PlannedTensor& tensor) { return elements(tensor.header.shape) * 2; }

uint16_t toBf16(float value) {
    const auto bits = std::bit_cast<uint32_t>(value);
    return static_cast<uint16_t>((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
}

uint64_t splitMix(uint64_t& state) {
    uint64_t z = state += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
}

// Four values come from each random number: a checkpoint of ten gigabytes is limited by the disk.
void fillRandom(std::vector<uint16_t>& values, int64_t inputs, uint64_t seed) {
    const float limit = std::sqrt(3.0F / static_cast<float>(inputs));
    std::array<uint16_t, 1 << 16> table;
    for (size_t i = 0; i < table.size(); ++i) {
        table[i] = toBf16(limit * (2 * (static_cast<float>(i) + 0.5F) / static_cast<float>(table.size()) - 1));
    }
    uint64_t random = 0;
    for (size_t i = 0; i < values.size(); ++i) {
        random = i % 4 == 0 ? splitMix(seed) : random >> 16;
        values[i] = table[random & 0xffff];
    }
}

void fillWaves(std::vector<uint16_t>& values, int64_t width) {
    for (size_t i = 0; i < values.size(); ++i) {
        const auto position = static_cast<double>(i / static_cast<size_t>(width));
        const auto channel = static_cast<double>(i % static_cast<size_t>(width));
        const double angle = position * std::exp(-std::log(10000.0) * (channel - std::fmod(channel, 2)) /
                                                 static_cast<double>(width));
        values[i] = toBf16(static_cast<float>(std::fmod(channel, 2) == 0 ? std::sin(angle) : std::cos(angle)));
    }
}

std::vector<uint16_t> valuesOf(const PlannedTensor& tensor) {
    const auto& shape = tensor.header.shape;
    std::vector<uint16_t> values(static_cast<size_t>(elements(shape)));
    switch (tensor.fill) {
        case Fill::Zeros:
            break;
        case Fill::Ones:
            std::ranges::fill(values, toBf16(1.0F));
            break;
        case Fill::Random:
            fillRandom(values, shape.size() < 2 ? 1 : elements(shape) / shape.front(), tensor.seed);
            break;
        case Fill::Waves:
            fillWaves(values, shape.back());
            break;
    }
    return values;
}

void writeText(const fs::path& file, const std::string& text) {
    fs::create_directories(file.parent_path());
    std::ofstream out(file, std::ios::binary);
    out << text << '\n';
    if (!out.flush()) throw Error("cannot be written", file.string(), "Check the disk's free space.");
}

std::string shardName(size_t shard, size_t shards) {
    std::array<char, 64> name{};
    std::snprintf(name.data(), name.size(), "model-%05zu-of-%05zu.safetensors", shard + 1, shards);
    return name.data();
}

}  // namespace

void CheckpointPlan::add(const std::string& name, const Shape& shape, Fill fill) {
    m_tensors.push_back({{name, files::DType::BF16, shape}, fill, m_tensors.size() + 1});
}

void CheckpointPlan::addCopy(const std::string& name, const std::string& original) {
    const auto found = std::ranges::find(m_tensors, original, [](const auto& tensor) { return tensor.header.name; });
    if (found == m_tensors.end()) throw Error("there is no tensor to copy", original);
    PlannedTensor copy = *found;
    copy.header.name = name;
    m_tensors.push_back(copy);
}

void CheckpointPlan::addLinear(const std::string& prefix, int64_t outputs, int64_t inputs, bool bias) {
    add(prefix + ".weight", {outputs, inputs});
    if (bias) add(prefix + ".bias", {outputs}, Fill::Zeros);
}

void CheckpointPlan::addNorm(const std::string& prefix, int64_t channels) {
    add(prefix + ".weight", {channels}, Fill::Ones);
    add(prefix + ".bias", {channels}, Fill::Zeros);
}

int64_t CheckpointPlan::bytes() const {
    int64_t sum = 0;
    for (const auto& tensor : m_tensors) sum += bytesOf(tensor);
    return sum;
}

void writeCheckpoint(const CheckpointPlan& plan, const fs::path& golden, const fs::path& folder, int64_t shardBytes) {
    if (fs::exists(folder)) throw Error("exists already", folder.string(), "Name a folder that does not exist.");
    fs::create_directories(folder);
    for (const auto& [name, content] : plan.json) writeText(folder / name, content.dump(2));
    for (const auto& [name, source] : plan.fixtures) fs::copy_file(golden / source, folder / name);

    std::vector<std::vector<PlannedTensor>> shards(1);
    int64_t filled = 0;
    for (const auto& tensor : plan.tensors()) {
        if (filled > 0 && filled + bytesOf(tensor) > shardBytes) {
            shards.emplace_back();
            filled = 0;
        }
        shards.back().push_back(tensor);
        filled += bytesOf(tensor);
    }

    nlohmann::json places;
    for (size_t i = 0; i < shards.size(); ++i) {
        const std::string name = shards.size() == 1 ? "model.safetensors" : shardName(i, shards.size());
        std::vector<files::TensorHeader> headers;
        for (const auto& tensor : shards[i]) {
            headers.push_back(tensor.header);
            places[tensor.header.name] = name;
        }
        files::SafetensorsWriter writer(folder / name, headers, {{"format", "pt"}});
        for (const auto& tensor : shards[i]) {
            const auto values = valuesOf(tensor);
            writer.write(tensor.header.name, std::as_bytes(std::span(values)));
        }
        writer.finish();
    }
    if (shards.size() > 1) {
        writeText(folder / "model.safetensors.index.json",
                  nlohmann::json{{"metadata", {{"total_size", plan.bytes()}}}, {"weight_map", places}}.dump(2));
    }
}

}  // namespace fusionscope::tools
