#include "core/nn/weights.h"

#include <ATen/ATen.h>

#include <cstring>

#include "core/files/dequantize.h"
#include "core/files/error.h"

namespace fusionscope::nn {

namespace {

// A report longer than this helps nobody; a configuration may ask for any number of tensors that are not there.
constexpr size_t mostProblems = 200;

std::optional<c10::ScalarType> scalarType(files::DType type) {
    switch (type) {
        case files::DType::F64:
            return c10::kDouble;
        case files::DType::F32:
            return c10::kFloat;
        case files::DType::F16:
            return c10::kHalf;
        case files::DType::BF16:
            return c10::kBFloat16;
        case files::DType::I64:
            return c10::kLong;
        case files::DType::I32:
            return c10::kInt;
        case files::DType::I16:
            return c10::kShort;
        case files::DType::I8:
            return c10::kChar;
        case files::DType::U8:
            return c10::kByte;
        case files::DType::Bool:
            return c10::kBool;
        default:
            return std::nullopt;  // block formats have no element type
    }
}

std::vector<int64_t> modelShape(const files::TensorEntry& entry) {
    auto shape = entry.shape;
    if (entry.transposed) std::swap(shape.at(0), shape.at(1));
    return shape;
}

std::string shapeText(const std::vector<int64_t>& shape) {
    std::string text = "[";
    for (size_t i = 0; i < shape.size(); ++i) text += (i ? ", " : "") + std::to_string(shape[i]);
    return text + "]";
}

/// The stored values as a tensor: in place when the mapped bytes are aligned, else a copy.
Tensor asStored(const files::TensorEntry& entry, c10::ScalarType type) {
    const auto options = at::TensorOptions().dtype(type);
    const auto address = reinterpret_cast<uintptr_t>(entry.bytes.data());
    if (entry.bytes.empty() || address % c10::elementSize(type) != 0) {
        Tensor copy = at::empty(entry.shape, options);
        if (!entry.bytes.empty()) std::memcpy(copy.data_ptr(), entry.bytes.data(), entry.bytes.size());
        return copy;
    }
    // The mapping is read-only; weights are never written to.
    auto* data = const_cast<std::byte*>(entry.bytes.data());
    return at::from_blob(data, entry.shape, [owner = entry.owner](void*) {}, options);
}

Tensor dequantized(const files::TensorEntry& entry) {
    Tensor values = at::empty(entry.shape, at::TensorOptions().dtype(c10::kFloat));
    files::dequantize(entry, {values.data_ptr<float>(), static_cast<size_t>(values.numel())});
    return values;
}

}  // namespace

WeightStore::WeightStore(files::TensorTable table, WeightOptions options)
    : m_table(std::move(table)), m_options(std::move(options)) {
    if (!m_options.report) return;
    for (const auto& [name, ignored] : m_table) m_options.report->present.insert(name);
}

WeightStore::WeightStore(std::map<std::string, Tensor, std::less<>> tensors, WeightOptions options)
    : m_options(std::move(options)), m_loaded(std::move(tensors)) {}

bool WeightStore::has(std::string_view name) const {
    return m_table.contains(name) || m_loaded.contains(name);
}

std::optional<std::vector<int64_t>> WeightStore::shape(std::string_view name) const {
    if (auto found = m_loaded.find(name); found != m_loaded.end()) return found->second.sizes().vec();
    if (auto found = m_table.find(name); found != m_table.end()) return modelShape(found->second);
    return std::nullopt;
}

const files::TensorEntry& WeightStore::entry(const std::string& name) const {
    const auto found = m_table.find(name);
    if (found == m_table.end())
        throw Error("tensor " + name + " is missing", file(), "The checkpoint is incomplete or of another family.");
    return found->second;
}

const files::TensorEntry& WeightStore::entry(const std::string& name, const std::vector<int64_t>& shape) const {
    const auto& stored = entry(name);
    if (modelShape(stored) != shape)
        throw Error(
            concat("tensor ", name, " has shape ", shapeText(modelShape(stored)), ", expected ", shapeText(shape)),
            stored.file, "config.json and the weights do not belong together.");
    if (const auto type = scalarType(stored.dtype); type && !c10::isFloatingType(*type))
        throw Error(concat("tensor ", name, " has type ", files::name(stored.dtype), ", expected F32, F16 or BF16"),
                    stored.file);
    return stored;
}

Tensor WeightStore::metaTensor(const std::string& name, const std::vector<int64_t>& shape,
                               c10::ScalarType type) const {
    try {
        entry(name, shape);
    } catch (const Error& error) {
        if (!m_options.report || m_options.report->problems.size() >= mostProblems) throw;
        m_options.report->problems.push_back(error);
    }
    return at::empty(shape, at::TensorOptions().dtype(type).device(m_options.device));
}

Tensor WeightStore::find(const std::string& name, const std::vector<int64_t>& shape) {
    m_used.insert(name);
    if (m_options.report) m_options.report->used.emplace(name, shape);
    const auto found = m_loaded.find(name);
    if (found == m_loaded.end()) return {};
    if (found->second.sizes() != at::IntArrayRef(shape))
        throw Error(concat("tensor ", name, " has shape ", shapeText(found->second.sizes().vec()), ", expected ",
                           shapeText(shape)),
                    file(), "The configuration and the weights do not belong together.");
    return found->second;
}

Tensor WeightStore::read(const std::string& name, const std::vector<int64_t>& shape) const {
    const auto& stored = entry(name, shape);
    const auto type = scalarType(stored.dtype);
    const bool plain = type && stored.interleavedHeads == 0;
    const Tensor tensor = plain ? asStored(stored, *type) : dequantized(stored);
    return stored.transposed ? tensor.t().contiguous() : tensor;
}

Tensor WeightStore::made(const std::string& name, const std::vector<int64_t>& shape,
                         std::optional<c10::ScalarType> type) const {
    if (m_options.device.is_meta()) return metaTensor(name, shape, type.value_or(m_options.compute));
    Tensor tensor = read(name, shape).to(m_options.device);
    if (type) tensor = tensor.to(*type);
    const auto& stored = entry(name);
    if (tensor.const_data_ptr() != stored.bytes.data()) stored.release();
    return tensor;
}

Tensor WeightStore::load(const std::string& name, const std::vector<int64_t>& shape) {
    Tensor tensor = find(name, shape);
    if (tensor.defined()) return tensor;
    tensor = made(name, shape, m_options.compute);
    m_loaded.emplace(name, tensor);
    return tensor;
}

Tensor WeightStore::loadOnce(const std::string& name, const std::vector<int64_t>& shape) {
    const Tensor tensor = find(name, shape);
    return tensor.defined() ? tensor : made(name, shape, std::nullopt);
}

Tensor WeightStore::loadCompact(const std::string& name, const std::vector<int64_t>& shape) {
    Tensor tensor = find(name, shape);
    if (tensor.defined()) return tensor;
    const auto stored = m_table.find(name);
    const auto type = stored == m_table.end() ? std::nullopt : scalarType(stored->second.dtype);
    const bool asStored = type && c10::elementSize(*type) < c10::elementSize(m_options.compute);
    tensor = made(name, shape, asStored ? *type : m_options.compute);
    m_loaded.emplace(name, tensor);
    return tensor;
}

Tensor WeightStore::loadMatrix(const std::string& name, const std::vector<int64_t>& shape) {
    const auto stored = m_table.find(name);
    const bool bf16 = stored != m_table.end() && stored->second.dtype == files::DType::BF16;
    if (bf16 && m_options.report) m_options.report->bf16Matrices.insert(name);
    if (!bf16 || !m_options.keepBf16 || !m_options.device.is_cpu() || m_loaded.contains(name)) return load(name, shape);
    find(name, shape);
    return made(name, shape, c10::kBFloat16);  // not remembered: others may want it in the compute type
}

const files::TensorEntry* WeightStore::keptBlocks(const std::string& name) const {
    const auto found = m_table.find(name);
    if (!m_options.keepBlocks || !m_options.device.is_cpu() || found == m_table.end()) return nullptr;
    const auto type = found->second.dtype;
    const bool kept = type == files::DType::Q8_0 || type == files::DType::Q4_0 || type == files::DType::Q4_1;
    return kept ? &found->second : nullptr;
}

void WeightStore::use(const std::string& name, const std::vector<int64_t>& shape) {
    find(name, shape);
    entry(name, shape);
}

void WeightStore::release(const std::string& name) const {
    if (const auto found = m_table.find(name); found != m_table.end()) found->second.release();
}

Tensor WeightStore::loadAsStored(const std::string& name) {
    m_used.insert(name);
    if (auto found = m_loaded.find(name); found != m_loaded.end()) return found->second;
    const auto& stored = entry(name);
    if (m_options.report) m_options.report->used.emplace(name, stored.shape);
    const auto type = scalarType(stored.dtype);
    if (!type) throw Error(concat("tensor ", name, " has block type ", files::name(stored.dtype)), stored.file);
    return asStored(stored, *type).to(m_options.device);
}

std::vector<std::string> WeightStore::unused() const {
    std::vector<std::string> names;
    for (const auto& [name, ignored] : m_table)
        if (!m_used.contains(name)) names.push_back(name);
    return names;
}

void WeightStore::ignore(std::string_view prefix) {
    for (auto it = m_table.lower_bound(prefix); it != m_table.end() && it->first.starts_with(prefix); ++it) {
        m_used.insert(it->first);
        if (m_options.report) m_options.report->present.erase(it->first);
    }
}

}  // namespace fusionscope::nn
