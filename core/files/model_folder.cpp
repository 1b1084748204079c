#include "core/files/model_folder.h"

#include <algorithm>
#include <array>
#include <mutex>
#include <string_view>
#include <system_error>

#include "core/files/error.h"
#include "core/files/printable.h"
#include "core/files/safetensors.h"
#include "core/files/shard_index.h"
#include "core/files/torch_zip.h"

namespace fusionscope::files {

namespace fs = std::filesystem;

namespace {

constexpr const char* safetensorsIndex = "model.safetensors.index.json";
constexpr const char* torchIndex = "pytorch_model.bin.index.json";

/// Files that a checkpoint may have beside its weights, and those that people put there.
constexpr std::array<std::string_view, 24> knownFiles{
    "config.json",
    "generation_config.json",
    "preprocessor_config.json",
    "processor_config.json",
    "video_preprocessor_config.json",
    "tokenizer.json",
    "tokenizer.model",
    "spiece.model",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "vocab.json",
    "merges.txt",
    "chat_template.jinja",
    "chat_template.json",
    "README.md",
    "LICENSE",
    "LICENSE.txt",
    "LICENSE.md",
    "NOTICE",
    "SHA256SUMS",
    ".gitattributes",
    ".gitignore",
    "fusionscope.json",
};

bool isPartOfOther(const std::string& name) {
    static constexpr std::array<std::string_view, 7> endings{".safetensors", ".bin", ".gguf", ".pt", ".pth", ".h5", ".msgpack"};
    return std::any_of(endings.begin(), endings.end(), [&](auto ending) { return name.ends_with(ending); }) ||
           name.ends_with(".index.json");
}

bool isFile(const fs::path& path) {
    std::error_code ignored;
    return fs::is_regular_file(path, ignored);
}

/// A name stays inside the folder: relative and without "..".
bool staysInside(const fs::path& name) {
    return !name.empty() && name.is_relative() &&
           std::none_of(name.begin(), name.end(), [](const fs::path& part) { return part == ".."; });
}

std::vector<std::string> listFolder(const fs::path& folder) {
    std::error_code error;
    std::vector<std::string> names;
    for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error))
        if (isFile(entry->path())) names.push_back(entry->path().filename().string());
    if (error) throw Error("cannot be read: " + error.message(), folder.string(), "Check the folder's permissions.");
    std::sort(names.begin(), names.end());
    return names;
}

}  // namespace

const char* name(WeightForm form) {
    switch (form) {
        case WeightForm::None: return "none";
        case WeightForm::Safetensors: return "safetensors";
        case WeightForm::TorchZip: return "pytorch_model.bin";
        case WeightForm::Gguf: return "GGUF";
    }
    return "?";
}

struct ModelFolder::Weights {
    std::mutex mutex;
    bool read = false;
    ShardedTensors sharded;
    std::optional<GgufModel> gguf;
};

ModelFolder ModelFolder::open(const fs::path& path) {
    std::error_code error;
    const auto status = fs::status(path, error);
    if (!fs::exists(status))
        throw Error("cannot be opened: " + error.message(), path.string(),
                    "Give the folder of a checkpoint or a GGUF file.");
    ModelFolder folder;
    folder.m_path = path;
    folder.m_weights = std::make_shared<Weights>();
    if (fs::is_directory(status)) {
        folder.m_files = listFolder(path);
        folder.findWeights();
        return folder;
    }
    if (path.extension() != ".gguf")
        throw Error("is a file, expected a folder or a GGUF file", path.string(), "Give the folder that holds the checkpoint.");
    folder.m_weightForm = WeightForm::Gguf;
    return folder;
}

void ModelFolder::findWeights() {
    const auto choose = [&](const std::string& name, WeightForm form) {
        if (m_weightForm != WeightForm::None || !has(name)) return;
        m_weightForm = form;
        m_weightsName = name;
    };
    choose("model.safetensors", WeightForm::Safetensors);
    choose(safetensorsIndex, WeightForm::Safetensors);
    choose("pytorch_model.bin", WeightForm::TorchZip);
    choose(torchIndex, WeightForm::TorchZip);
    // Variants such as model.fp16.safetensors, and GGUF files, go by any name; several of them are a choice that is
    // not ours to make.
    const auto chooseOnly = [&](auto matches, WeightForm form) {
        if (std::count_if(m_files.begin(), m_files.end(), matches) == 1)
            choose(*std::find_if(m_files.begin(), m_files.end(), matches), form);
    };
    chooseOnly([](const std::string& name) { return name.starts_with("model.") && name.ends_with(".safetensors"); },
               WeightForm::Safetensors);
    chooseOnly([](const std::string& name) { return name.ends_with(".gguf") && !name.starts_with("mmproj"); },
               WeightForm::Gguf);
}

bool ModelFolder::has(const std::string& name) const { return staysInside(name) && isFile(m_path / name); }

std::string ModelFolder::where(const std::string& name) const {
    return fs::is_directory(m_path) ? (m_path / name).string() : m_path.string();
}

fs::path ModelFolder::file(const std::string& name) const {
    if (!staysInside(name)) throw Error("name " + inQuotes(name) + " leads out of the folder", m_path.string());
    if (!fs::exists(m_path / name)) throw Error("is missing", where(name), "The checkpoint is incomplete; fetch this file.");
    return m_path / name;
}

nlohmann::json ModelFolder::json(const std::string& name, const JsonLimits& limits) const {
    if (auto value = jsonIf(name, limits)) return std::move(*value);
    throw Error("is missing", where(name), "The checkpoint is incomplete; fetch this file.");
}

std::optional<nlohmann::json> ModelFolder::jsonIf(const std::string& name, const JsonLimits& limits) const {
    std::error_code ignored;
    if (staysInside(name) && fs::exists(fs::symlink_status(m_path / name, ignored)))
        return readJson(m_path / name, limits);
    if (m_weightForm == WeightForm::Gguf && name == "config.json") return gguf()->config;
    if (m_weightForm == WeightForm::Gguf && name == "generation_config.json") return gguf()->generationConfig;
    return std::nullopt;
}

std::vector<fs::path> ModelFolder::weightFiles() const {
    if (m_weightForm == WeightForm::None) return {};
    if (m_weightsName.empty()) return {m_path};
    if (!m_weightsName.ends_with(".index.json")) return {m_path / m_weightsName};
    std::vector<fs::path> files;
    for (const auto& shard : ShardIndex::read(m_path / m_weightsName).shards) files.push_back(m_path / shard);
    return files;
}

uint64_t ModelFolder::weightBytes() const {
    uint64_t bytes = 0;
    for (const auto& file : weightFiles()) {
        std::error_code error;
        const auto size = fs::file_size(file, error);
        if (error) throw Error("cannot be read: " + error.message(), file.string(), "Fetch the file again.");
        bytes += size;
    }
    return bytes;
}

const ModelFolder::Weights& ModelFolder::weights() const {
    const std::lock_guard lock(m_weights->mutex);
    if (m_weights->read) return *m_weights;
    const auto source = m_path / m_weightsName;
    const auto readFile = [this](const fs::path& file) {
        return m_weightForm == WeightForm::Safetensors ? readSafetensors(file).tensors : readTorchZip(file);
    };
    if (m_weightForm == WeightForm::None) {
        const auto other = std::find_if(m_files.begin(), m_files.end(), isPartOfOther);
        const auto found =
            other == m_files.end() ? std::string() : "; " + printable(*other) + " is not enough or not readable";
        throw Error("holds no weights" + found, m_path.string(),
                    "Expected model.safetensors, its shards with model.safetensors.index.json, pytorch_model.bin or one "
                    "GGUF file.");
    }
    if (m_weightForm == WeightForm::Gguf)
        m_weights->gguf = readGguf(m_weightsName.empty() ? m_path : source);
    else if (m_weightsName.ends_with(".index.json"))
        m_weights->sharded = readShards(source, readFile);
    else
        m_weights->sharded.tensors = readFile(source);
    m_weights->read = true;
    return *m_weights;
}

const TensorTable& ModelFolder::tensors() const {
    const auto& read = weights();
    return read.gguf ? read.gguf->tensors : read.sharded.tensors;
}

const GgufModel* ModelFolder::gguf() const {
    if (m_weightForm != WeightForm::Gguf) return nullptr;
    return &*weights().gguf;
}

std::vector<FolderNote> ModelFolder::notes() const {
    using Kind = FolderNote::Kind;
    std::vector<FolderNote> notes;
    if (m_weightForm != WeightForm::Gguf) {
        if (!has("config.json")) notes.push_back({Kind::Missing, "config.json", "the model's sizes are unknown"});
        if (!has("tokenizer.json") && !has("tokenizer.model") && !(has("vocab.json") && has("merges.txt")))
            notes.push_back({Kind::Missing, "tokenizer.json", "there is no other tokenizer either"});
        if (m_weightForm == WeightForm::None) notes.push_back({Kind::Missing, "model.safetensors", "there are no weights"});
    }
    const auto used = weightFiles();
    for (const auto& file : m_files) {
        const bool known = std::find(knownFiles.begin(), knownFiles.end(), file) != knownFiles.end();
        if (known || file == m_weightsName || std::find(used.begin(), used.end(), m_path / file) != used.end()) continue;
        notes.push_back({Kind::Unexpected, file,
                         isPartOfOther(file)      ? concat("the weights are read from ", m_weightsName)
                         : file.ends_with(".py") ? std::string("code beside a model is never run")
                                                 : std::string("it is not part of a checkpoint")});
    }
    if (m_weightForm != WeightForm::None)
        for (const auto& tensor : weights().sharded.unplaced)
            notes.push_back({Kind::Unexpected, tensor, "the index does not place the tensor there"});
    return notes;
}

}  // namespace fusionscope::files
