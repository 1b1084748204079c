#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "core/files/gguf.h"
#include "core/files/json.h"
#include "core/files/tensor_table.h"

namespace fusionscope::files {

/// How a checkpoint keeps its weights.
enum class WeightForm { None, Safetensors, TorchZip, Gguf };
const char* name(WeightForm form);

/// Something about a folder that a person should know although the model can be loaded.
struct FolderNote {
    enum class Kind { Missing, Unexpected };
    Kind kind;
    std::string what;  ///< file, or "file: tensor"
    std::string why;   ///< one sentence, without the full stop
};

/// A checkpoint as it lies on disk: a folder in Hugging Face's layout, or one GGUF file.
///
/// Opening looks at names and sizes only; files are read when asked for. Copies share what was read.
class ModelFolder {
  public:
    /// @param path a folder, or a file that ends in ".gguf"
    /// @throws Error when there is nothing of the kind
    static ModelFolder open(const std::filesystem::path& path);

    /// The folder, or the GGUF file.
    const std::filesystem::path& path() const { return m_path; }
    /// Names of the files directly inside, sorted.
    const std::vector<std::string>& files() const { return m_files; }
    /// @param name relative to the folder, "vision_tower/config.json"
    bool has(const std::string& name) const;
    /// The path of a file inside. @throws Error when it is missing or the name leads out of the folder
    std::filesystem::path file(const std::string& name) const;

    /// A JSON file of the folder. A GGUF file answers to "config.json" and "generation_config.json".
    /// @throws Error when it is missing or malformed
    nlohmann::json json(const std::string& name, const JsonLimits& limits = {}) const;
    /// The same, or nothing when the file is missing.
    std::optional<nlohmann::json> jsonIf(const std::string& name, const JsonLimits& limits = {}) const;
    /// How messages call a file of this folder.
    std::string where(const std::string& name) const;

    WeightForm weightForm() const { return m_weightForm; }
    /// Files that hold the weights, by path; an index is not among them.
    std::vector<std::filesystem::path> weightFiles() const;
    /// Their size on disk together, in bytes.
    uint64_t weightBytes() const;
    /// All tensors, joined over shards and validated. Read once, then remembered.
    /// @throws Error naming what is missing or malformed
    const TensorTable& tensors() const;
    /// The GGUF model with its tokenizer, or null when the weights have another form. @throws Error
    const GgufModel* gguf() const;

    /// Every file that a checkpoint of this form should have and that is missing, every file that is not used, every
    /// tensor that a shard holds and the index does not place there. Reads the weights. @throws Error as tensors() does
    std::vector<FolderNote> notes() const;

  private:
    struct Weights;

    void findWeights();
    const Weights& weights() const;

    std::filesystem::path m_path;
    std::vector<std::string> m_files;
    WeightForm m_weightForm = WeightForm::None;
    std::string m_weightsName;  ///< the file that weights are read from: one file, or the index of the shards
    std::shared_ptr<Weights> m_weights;
};

}  // namespace fusionscope::files
