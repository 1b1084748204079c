#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>
#include <c10/core/ScalarType.h>

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/files/error.h"
#include "core/files/tensor_table.h"

namespace fusionscope::nn {

using at::Tensor;

/// How the weights of large linear layers are held. Int8: one scale a row. Int4: one scale and offset a group.
enum class LinearFormat { Dense, Int8, Int4 };

/// What was asked of a checkpoint and what it could not give.
struct WeightReport {
    std::set<std::string, std::less<>>
        present;  ///< names in the checkpoint, those that are deliberately ignored excepted
    std::map<std::string, std::vector<int64_t>, std::less<>> used;  ///< names asked for, with their shapes
    std::set<std::string, std::less<>> quantisable;  ///< of those used: matrices that Int8 and Int4 make smaller
    std::set<std::string, std::less<>> bf16Matrices;  ///< of those used: what WeightOptions::keepBf16 would leave so
    std::vector<Error> problems;  ///< missing and misshapen tensors, in the order they were asked for
};

/// How tensors of a checkpoint become tensors of the model.
struct WeightOptions {
    c10::Device device{c10::kCPU};
    c10::ScalarType compute = c10::kFloat;  ///< kFloat, kBFloat16 or kHalf; every weight is converted to it
    LinearFormat linear = LinearFormat::Dense;
    int64_t groupSize = 32;  ///< columns that share a scale in Int4: 32, 64 or 128
    /// On the processor: linear layers compute on the blocks of a GGUF file as they are where it holds Q8_0, Q4_0 or
    /// Q4_1, so on exactly its numbers.
    bool keepBlocks = false;
    /// On the processor: linear layers compute on the bf16 numbers that the file holds although `compute` is wider,
    /// where kernels of our own multiply them fast; see kernels/many_rows.h for how exactly.
    bool keepBf16 = false;
    /// Kept while the model is built, if set. On the meta device a tensor that is missing or misshapen is then noted
    /// and replaced by one that fits, so that a checkpoint's faults are found all at once.
    std::shared_ptr<WeightReport> report = {};
};

/// All weights of one model by their checkpoint names.
///
/// Backed by a checkpoint (tensors stay mapped and are converted when asked for; a tensor already of the compute type
/// on the CPU is used in place) or by tensors in memory (training). A tensor is made once and shared: asking twice
/// gives the same storage, which is how tied embeddings stay one tensor.
class WeightStore {
  public:
    WeightStore(files::TensorTable table, WeightOptions options);
    WeightStore(std::map<std::string, Tensor, std::less<>> tensors, WeightOptions options);

    const WeightOptions& options() const { return m_options; }
    bool has(std::string_view name) const;
    /// Shape as the model sees it; empty optional when the tensor is absent.
    std::optional<std::vector<int64_t>> shape(std::string_view name) const;
    /// The tensor on the device in the compute type. @throws Error naming file and tensor when absent or misshapen.
    Tensor load(const std::string& name, const std::vector<int64_t>& shape);
    /// The tensor in the floating type it is stored in (fp32 for block formats) and not remembered: for making another
    /// form of it. @throws Error as load() does
    Tensor loadOnce(const std::string& name, const std::vector<int64_t>& shape);
    /// The tensor in the compute type or in the type it is stored in, whichever is smaller: for tables that are looked
    /// up. @throws Error as load() does
    Tensor loadCompact(const std::string& name, const std::vector<int64_t>& shape);
    /// A matrix that is multiplied with: in the compute type, or in bf16 where WeightOptions::keepBf16 leaves it so.
    /// @throws Error as load() does
    Tensor loadMatrix(const std::string& name, const std::vector<int64_t>& shape);
    /// A tensor of a block format that stays as it is, see WeightOptions::keepBlocks; null for any other.
    const files::TensorEntry* keptBlocks(const std::string& name) const;
    /// Says that somebody reads such a tensor. @throws Error when it does not have this shape
    void use(const std::string& name, const std::vector<int64_t>& shape);
    /// Gives the memory of the mapped file back in which this tensor lies, after another form was made of it. It may
    /// still be read, which reads the file again.
    void release(const std::string& name) const;
    /// The tensor with its stored type and shape kept (buffers, quantised parts).
    Tensor loadAsStored(const std::string& name);
    /// The file that messages about these weights name.
    std::string file() const { return m_table.empty() ? "checkpoint" : m_table.begin()->second.file; }
    /// Names nobody has asked for, in order.
    std::vector<std::string> unused() const;
    /// Marks names that are known and deliberately not used (tied copies, buffers), by prefix.
    void ignore(std::string_view prefix);

  private:
    /// A tensor that is in memory already, or an undefined one.
    Tensor find(const std::string& name, const std::vector<int64_t>& shape);
    Tensor read(const std::string& name, const std::vector<int64_t>& shape) const;
    /// A new tensor on the device in a type, or in the one it is stored in.
    Tensor made(const std::string& name, const std::vector<int64_t>& shape, std::optional<c10::ScalarType> type) const;
    const files::TensorEntry& entry(const std::string& name) const;
    /// @throws Error when the tensor is absent or misshapen
    const files::TensorEntry& entry(const std::string& name, const std::vector<int64_t>& shape) const;
    Tensor metaTensor(const std::string& name, const std::vector<int64_t>& shape, c10::ScalarType type) const;

    files::TensorTable m_table;
    WeightOptions m_options;
    std::map<std::string, Tensor, std::less<>> m_loaded;
    std::set<std::string, std::less<>> m_used;
};

/// A place in the tree of weight names: `weights / "layers" / 3 / "self_attn"` stands for "layers.3.self_attn.".
class Weights {
  public:
    explicit Weights(std::shared_ptr<WeightStore> store, std::string prefix = {})
        : m_store(std::move(store)), m_prefix(std::move(prefix)) {}

    Weights operator/(std::string_view part) const { return Weights(m_store, m_prefix + std::string(part) + "."); }
    Weights operator/(int64_t index) const { return *this / std::to_string(index); }

    bool has(std::string_view name) const { return m_store->has(m_prefix + std::string(name)); }
    std::optional<std::vector<int64_t>> shape(std::string_view name) const {
        return m_store->shape(m_prefix + std::string(name));
    }
    /// @throws Error when the tensor is absent or its shape differs
    Tensor tensor(std::string_view name, const std::vector<int64_t>& shape) const {
        return m_store->load(m_prefix + std::string(name), shape);
    }
    /// As WeightStore::loadCompact()
    Tensor compactTensor(std::string_view name, const std::vector<int64_t>& shape) const {
        return m_store->loadCompact(m_prefix + std::string(name), shape);
    }
    /// As WeightStore::loadMatrix()
    Tensor matrix(std::string_view name, const std::vector<int64_t>& shape) const {
        return m_store->loadMatrix(m_prefix + std::string(name), shape);
    }
    /// An undefined tensor when absent
    Tensor tensorOrNone(std::string_view name, const std::vector<int64_t>& shape) const {
        return has(name) ? tensor(name, shape) : Tensor();
    }
    const WeightOptions& options() const { return m_store->options(); }
    WeightStore& store() const { return *m_store; }
    const std::string& prefix() const { return m_prefix; }

  private:
    std::shared_ptr<WeightStore> m_store;
    std::string m_prefix;
};

}  // namespace fusionscope::nn
